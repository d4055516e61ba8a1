// The memory of the reference: one block of bytes a page, copied whole at fork; mappings, the heap's end, one file.
import { bytesOf, type Room } from '../../spec/room.ts';
import { layoutFor } from '../../spec/tape.ts';
import * as law from '../../spec/law.ts';
import * as rights from '../../spec/world.ts';
import { digest, fileByte, fillByte, imageContents, type Layout, type World } from '../../spec/world.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { IMAGE, PRIVATE, PRIVATE_FILE, SHARED, UNMAPPED } = law;
const { WRITE } = rights;

/**
 * Page p of space s is entry s * pages + p; `where` says which block holds its bytes: its own, or one it shares.
 * Blocks: an own one for every entry, then the pages of the file, the pages of shared anonymous mappings, and a pool.
 * `frames` is what eager copying holds: one for each private page and each shared anonymous page.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class EagerMemory {
  readonly world: World;
  readonly layout: Layout;
  /** Of the layout and of the world, at hand. */
  readonly pages: number;
  readonly pageSize: number;
  readonly permission: Uint8Array;
  readonly kind: Uint8Array;
  readonly where: Int32Array;
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  frames = 0;

  /** Pages of the heap of each space. */
  protected readonly heap: Int32Array;
  /** Frames counted for each space; and whether an entry is one of them. */
  protected readonly held: Int32Array;
  readonly counted: Uint8Array;
  /** Entries that map each shared anonymous page. */
  protected readonly users: Int32Array;
  /** The first block of the file. */
  protected readonly file: number;
  /** The first block of shared anonymous pages, and the first of the pool, which is for pinned pages. */
  protected readonly shared: number;
  protected readonly pool: number;
  protected readonly room: Room;
  readonly #contents: readonly Uint8Array[];
  readonly #contentWords: readonly Int32Array[];

  constructor(world: World, names: number, pool: number, room: Room) {
    this.room = room;
    this.world = world;
    this.layout = layoutFor(world);
    this.pages = this.layout.pages;
    this.pageSize = world.pageSize;
    const entries = names * this.pages;
    const area = this.layout.span.map;
    this.file = entries;
    this.shared = entries + area;
    this.pool = this.shared + names * area;
    const words = ((this.pool + pool) * world.pageSize) / 4;
    this.where = room.words(entries);
    this.users = room.words(names * area);
    this.words = room.words(words);
    this.bytes = bytesOf(this.words);
    this.heap = room.words(names);
    this.held = room.words(names);
    this.permission = room.bytes(entries);
    this.kind = room.bytes(entries);
    this.counted = room.bytes(entries);
    this.#contents = imageContents(world, this.layout);
    this.#contentWords = this.#contents.map(bytes => new Int32Array(bytes.buffer));
  }

  protected forgetAll(): void {
    this.frames = 0;
    this.held.fill(0);
    this.kind.fill(UNMAPPED);
    this.permission.fill(0);
    this.counted.fill(0);
    this.users.fill(0);
    const { pageSize } = this;
    for (let page = 0; page < this.layout.span.map; page++)
      for (let i = 0; i < pageSize; i++) this.bytes[(this.file + page) * pageSize + i] = fileByte(page, i);
  }

  /** A fresh space with an image. */
  protected load(space: number, image: number): void {
    const { permission, kind, counted, where } = this;
    const { permissions, span } = this.layout;
    const { pages } = this;
    const first = space * pages;
    const size = (pages * this.pageSize) / 4;
    copyWords(this.#contentWords[image]!, 0, this.words, space * size, size);
    const allowed = permissions[image]!;
    this.heap[space] = Math.min(span.heap, this.world.images[image]!.heap ?? 0);
    for (let page = 0; page < pages; page++) {
      const bits = allowed[page]!;
      const own = (bits & WRITE) !== 0;
      permission[first + page] = bits;
      kind[first + page] = bits === 0 ? UNMAPPED : own ? PRIVATE : IMAGE;
      counted[first + page] = own ? 1 : 0;
      where[first + page] = first + page;
    }
    this.held[space] = this.layout.privatePages[image]!;
    this.frames += this.held[space];
  }

  /** What fork does: every private byte is copied at once; shared pages stay shared. */
  protected copy(from: number, to: number): void {
    const { permission, kind, counted, where } = this;
    const { pages } = this;
    const size = (pages * this.pageSize) / 4;
    copyWords(this.words, from * size, this.words, to * size, size);
    this.heap[to] = this.heap[from]!;
    for (let page = 0; page < pages; page++) {
      const source = from * pages + page;
      const target = to * pages + page;
      const block = where[source]!;
      permission[target] = permission[source]!;
      kind[target] = kind[source]!;
      counted[target] = counted[source]!;
      where[target] = block === source ? target : block;
      if (kind[source] === SHARED) this.users[block - this.shared]!++;
    }
    this.held[to] = this.held[from]!;
    this.frames += this.held[to];
  }

  /** The space is gone; shared pages live on in their other holders. */
  protected drop(space: number): void {
    const { pages } = this;
    if (this.lends()) for (let entry = space * pages; entry < (space + 1) * pages; entry++) this.letGo(entry);
    this.frames -= this.held[space]!;
    this.held[space] = 0;
  }

  unmap(space: number, page: number, pages: number): void {
    for (let p = page; p < page + pages; p++) {
      const entry = space * this.pages + p;
      if (this.kind[entry] === UNMAPPED) continue;
      this.letGo(entry);
      if (this.counted[entry] === 1) {
        this.counted[entry] = 0;
        this.held[space]!--;
        this.frames--;
      }
      this.kind[entry] = UNMAPPED;
      this.permission[entry] = 0;
    }
  }

  /** DONTNEED: private pages read what they would if nobody had written them since they were mapped. */
  discard(space: number, page: number, pages: number, image: number): void {
    const { pageSize } = this;
    for (let p = page; p < page + pages && p < this.pages; p++) {
      const entry = space * this.pages + p;
      const kind = this.kind[entry]!;
      if (kind < SHARED) this.letGo(entry);
      if (kind === PRIVATE) this.bytes.fill(0, entry * pageSize, (entry + 1) * pageSize);
      else if (kind === PRIVATE_FILE) this.where[entry] = this.file + p - this.layout.start.map;
      else if (kind === IMAGE)
        this.bytes.set(this.#contents[image]!.subarray(p * pageSize, (p + 1) * pageSize), entry * pageSize);
    }
  }

  /** Fills a range of a space; it may straddle pages. */
  store(space: number, page: number, offset: number, length: number, value: number): void {
    const { bytes, pageSize } = this;
    let done = 0;
    let from = offset;
    for (let p = page; done < length; p++) {
      const start = this.#writable(space * this.pages + p) * pageSize;
      for (; from < pageSize && done < length; from++) bytes[start + from] = fillByte(value, done++);
      from = 0;
    }
  }

  /** Fills `length` bytes from `at` on, wherever they belong. */
  storeAt(at: number, length: number, value: number): void {
    for (let i = 0; i < length; i++) this.bytes[at + i] = fillByte(value, i);
  }

  /** Copies a range of a space, which may straddle pages, to the start of `into`. */
  copyOut(space: number, page: number, offset: number, length: number, into: Uint8Array): void {
    const { pageSize } = this;
    for (let i = 0; i < length; i++) {
      const p = page + Math.floor((offset + i) / pageSize);
      into[i] = this.bytes[this.where[space * this.pages + p]! * pageSize + ((offset + i) % pageSize)]!;
    }
  }

  /** FNV-1a of a range within one page. */
  digestOf(space: number, page: number, offset: number, length: number): number {
    return digest(this.bytes, this.where[space * this.pages + page]! * this.pageSize + offset, length);
  }

  /** The block that a store to `entry` goes to: a private page of the file gets its own first. */
  #writable(entry: number): number {
    const block = this.where[entry]!;
    if (this.kind[entry] !== PRIVATE_FILE || block === entry || block >= this.pool) return block;
    const { pageSize } = this;
    this.bytes.copyWithin(entry * pageSize, block * pageSize, (block + 1) * pageSize);
    this.where[entry] = entry;
    return entry;
  }

  protected becomesOwn(entry: number): boolean {
    return this.kind[entry] === IMAGE && this.counted[entry] === 0;
  }

  protected countOwn(space: number, entry: number): void {
    if (this.counted[entry] === 1) return;
    this.counted[entry] = 1;
    this.held[space]!++;
    this.frames++;
  }

  /** May an entry show a block that is not its own? */
  protected lends(): boolean {
    return this.layout.span.map > 0;
  }

  /** `entry` no longer shows the block it showed. */
  protected letGo(entry: number): void {
    if (this.kind[entry] !== SHARED) return;
    this.leaveShared(this.where[entry]!);
    this.kind[entry] = UNMAPPED;
  }

  /** One user less of a shared anonymous page. */
  protected leaveShared(block: number): void {
    const page = block - this.shared;
    this.users[page]!--;
    if (this.users[page] === 0) this.frames--;
  }
}

/** Word by word while that takes less time than a call. */
function copyWords(source: Int32Array, from: number, target: Int32Array, to: number, length: number): void {
  if (length > 64) target.set(source.subarray(from, from + length), to);
  else for (let i = 0; i < length; i++) target[to + i] = source[from + i]!;
}
