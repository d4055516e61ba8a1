// The memory of the reference: one block of bytes a page, copied whole at fork; mappings, the heap's end, one file.
import * as op from '../../spec/op.ts';
import { layoutFor } from '../../spec/tape.ts';
import {
  MAPPING_KINDS,
  IMAGE,
  PRIVATE,
  PRIVATE_FILE,
  SHARED,
  SHARED_FILE,
  UNMAPPED,
} from '../../spec/law.ts';
import {
  ACCESS_BITS,
  digest,
  fileByte,
  fillByte,
  imageContents,
  type Layout,
  READ,
  type World,
  WRITE,
} from '../../spec/world.ts';

/**
 * Page p of space s is entry s * pages + p; `where` says which block holds its bytes: its own, or one it shares.
 * Blocks: an own one for every entry, then the pages of the file, the pages of shared anonymous mappings, and a pool.
 * `frames` is what eager copying holds: one for each private page and each shared anonymous page.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class EagerMemory {
  readonly world: World;
  readonly layout: Layout;
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
  readonly #file: number;
  /** The first block of shared anonymous pages, and the first of the pool, which is for pinned pages. */
  protected readonly shared: number;
  protected readonly pool: number;
  readonly #contents: readonly Uint8Array[];

  constructor(world: World, names: number, pool: number) {
    this.world = world;
    this.layout = layoutFor(world);
    const entries = names * this.layout.pages;
    const area = this.layout.span.map;
    this.#file = entries;
    this.shared = entries + area;
    this.pool = this.shared + names * area;
    this.permission = new Uint8Array(entries);
    this.kind = new Uint8Array(entries);
    this.counted = new Uint8Array(entries);
    this.where = new Int32Array(entries);
    this.users = new Int32Array(names * area);
    this.bytes = new Uint8Array((this.pool + pool) * world.pageSize);
    this.words = new Int32Array(this.bytes.buffer);
    this.heap = new Int32Array(names);
    this.held = new Int32Array(names);
    this.#contents = imageContents(world, this.layout);
  }

  protected forgetAll(): void {
    this.frames = 0;
    this.held.fill(0);
    this.kind.fill(UNMAPPED);
    this.permission.fill(0);
    this.counted.fill(0);
    this.users.fill(0);
    const { pageSize } = this.world;
    for (let page = 0; page < this.layout.span.map; page++)
      for (let i = 0; i < pageSize; i++) this.bytes[(this.#file + page) * pageSize + i] = fileByte(page, i);
  }

  /** A fresh space with an image. */
  protected load(space: number, image: number): void {
    const { pages, permissions, span } = this.layout;
    const first = space * pages;
    this.bytes.set(this.#contents[image]!, first * this.world.pageSize);
    const allowed = permissions[image]!;
    this.heap[space] = Math.min(span.heap, this.world.images[image]!.heap ?? 0);
    for (let page = 0; page < pages; page++) {
      const bits = allowed[page]!;
      const own = (bits & WRITE) !== 0;
      this.permission[first + page] = bits;
      this.kind[first + page] = bits === 0 ? UNMAPPED : own ? PRIVATE : IMAGE;
      this.counted[first + page] = own ? 1 : 0;
      this.where[first + page] = first + page;
    }
    this.held[space] = this.layout.privatePages[image]!;
    this.frames += this.held[space];
  }

  /** What fork does: every private byte is copied at once; shared pages stay shared. */
  protected copy(from: number, to: number): void {
    const { pages } = this.layout;
    const size = pages * this.world.pageSize;
    this.bytes.copyWithin(to * size, from * size, (from + 1) * size);
    this.heap[to] = this.heap[from]!;
    for (let page = 0; page < pages; page++) {
      const source = from * pages + page;
      const target = to * pages + page;
      const block = this.where[source]!;
      const kind = this.kind[source]!;
      this.permission[target] = this.permission[source]!;
      this.kind[target] = kind;
      this.counted[target] = this.counted[source]!;
      this.where[target] = block === source ? target : block;
      if (kind === SHARED) this.users[block - this.shared]!++;
    }
    this.held[to] = this.held[from]!;
    this.frames += this.held[to];
  }

  /** The space is gone; shared pages live on in their other holders. */
  protected drop(space: number): void {
    const { pages } = this.layout;
    if (this.layout.span.map > 0)
      for (let entry = space * pages; entry < (space + 1) * pages; entry++) this.letGo(entry);
    this.frames -= this.held[space]!;
    this.held[space] = 0;
  }

  /** Is this a range that the mapping op takes? Its packed operands behind the actor; `how` and `more` are the last two. */
  takesRange(
    space: number,
    code: number,
    page: number,
    offset: number,
    pages: number,
    how: number,
    more: number,
  ): boolean {
    const { start, span, pages: all } = this.layout;
    if (code === op.SBRK) {
      const end = this.heap[space]! + page;
      return end >= 0 && end <= span.heap;
    }
    if (offset !== 0 || page + pages > all) return false;
    if (code === op.MUNMAP) return true;
    if (code === op.MMAP && (page < start.map || page + pages > start.map + span.map)) return false;
    for (let p = page; p < page + pages; p++)
      if ((this.kind[space * all + p] === UNMAPPED) !== (code === op.MMAP)) return false;
    if (code === op.MADVISE) return !this.refusesKind(space, page, pages, how);
    if (code !== op.MREMAP) return true;
    for (let p = page; p < page + pages; p++) {
      const kind = this.kind[space * all + p];
      if (kind !== PRIVATE && kind !== SHARED) return false;
    }
    return this.takesRange(space, op.MMAP, how, more, pages, 0, 0);
  }

  /** Only private anonymous pages are freed lazily, or wiped: is one of the range of another kind? */
  refusesKind(space: number, page: number, pages: number, advice: number): boolean {
    if (advice !== op.FREE && advice !== op.WIPEONFORK) return false;
    const first = space * this.layout.pages + page;
    const mapped = this.kind.subarray(first, first + Math.min(pages, this.layout.pages - page));
    return mapped.some(kind => kind !== PRIVATE && kind !== UNMAPPED);
  }

  /** How many more frames eager copying holds after the mapping op. */
  growth(space: number, code: number, page: number, pages: number, how: number, access: number): number {
    if (code === op.SBRK) return Math.max(0, page);
    if (code === op.MMAP) return MAPPING_KINDS[how] === SHARED_FILE ? 0 : pages;
    if (code !== op.MPROTECT || (ACCESS_BITS[access]! & WRITE) === 0) return 0;
    let more = 0;
    for (let p = page; p < page + pages; p++) if (this.#becomesOwn(space * this.layout.pages + p)) more++;
    return more;
  }

  map(space: number, page: number, pages: number, mapping: number, access: number): void {
    const { pageSize } = this.world;
    const kind = MAPPING_KINDS[mapping]!;
    for (let p = page; p < page + pages; p++) {
      const entry = space * this.layout.pages + p;
      this.kind[entry] = kind;
      this.permission[entry] = ACCESS_BITS[access]!;
      this.where[entry] = entry;
      if (kind === PRIVATE_FILE || kind === SHARED_FILE)
        this.where[entry] = this.#file + p - this.layout.start.map;
      if (kind === SHARED) {
        const free = this.users.indexOf(0);
        this.users[free] = 1;
        this.where[entry] = this.shared + free;
        this.frames++;
      }
      if (kind === PRIVATE || kind === SHARED) {
        const start = this.where[entry] * pageSize;
        this.bytes.fill(0, start, start + pageSize);
      }
      if (kind === PRIVATE || kind === PRIVATE_FILE) this.countOwn(space, entry);
    }
  }

  unmap(space: number, page: number, pages: number): void {
    for (let p = page; p < page + pages; p++) {
      const entry = space * this.layout.pages + p;
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

  /** Up to the first hole. */
  protect(space: number, page: number, pages: number, access: number): void {
    for (let p = page; p < page + pages && p < this.layout.pages; p++) {
      const entry = space * this.layout.pages + p;
      if (this.kind[entry] === UNMAPPED) return;
      const bits = ACCESS_BITS[access]!;
      if ((bits & WRITE) !== 0 && this.#becomesOwn(entry)) this.countOwn(space, entry);
      this.permission[entry] = bits;
    }
  }

  /** DONTNEED: private pages read what they would if nobody had written them since they were mapped. */
  discard(space: number, page: number, pages: number, image: number): void {
    const { pageSize } = this.world;
    for (let p = page; p < page + pages && p < this.layout.pages; p++) {
      const entry = space * this.layout.pages + p;
      const kind = this.kind[entry]!;
      if (kind < SHARED) this.letGo(entry);
      if (kind === PRIVATE) this.bytes.fill(0, entry * pageSize, (entry + 1) * pageSize);
      else if (kind === PRIVATE_FILE) this.where[entry] = this.#file + p - this.layout.start.map;
      else if (kind === IMAGE)
        this.bytes.set(this.#contents[image]!.subarray(p * pageSize, (p + 1) * pageSize), entry * pageSize);
    }
  }

  /** The heap grows by zero pages or loses its last ones. */
  moveBreak(space: number, pages: number): void {
    const { pageSize } = this.world;
    const end = this.layout.start.heap + this.heap[space]!;
    this.heap[space]! += pages;
    if (pages < 0) return this.unmap(space, end + pages, -pages);
    for (let p = end; p < end + pages; p++) {
      const entry = space * this.layout.pages + p;
      this.kind[entry] = PRIVATE;
      this.permission[entry] = READ | WRITE;
      this.where[entry] = entry;
      this.bytes.fill(0, entry * pageSize, (entry + 1) * pageSize);
      this.countOwn(space, entry);
    }
  }

  /** Fills a range of a space; it may straddle pages. */
  store(space: number, page: number, offset: number, length: number, value: number): void {
    const { pageSize } = this.world;
    let done = 0;
    let from = offset;
    for (let p = page; done < length; p++) {
      const start = this.#writable(space * this.layout.pages + p) * pageSize;
      for (; from < pageSize && done < length; from++) this.bytes[start + from] = fillByte(value, done++);
      from = 0;
    }
  }

  /** Fills `length` bytes from `at` on, wherever they belong. */
  storeAt(at: number, length: number, value: number): void {
    for (let i = 0; i < length; i++) this.bytes[at + i] = fillByte(value, i);
  }

  /** Copies a range of a space, which may straddle pages, to the start of `into`. */
  copyOut(space: number, page: number, offset: number, length: number, into: Uint8Array): void {
    const { pageSize } = this.world;
    for (let i = 0; i < length; i++) {
      const p = page + Math.floor((offset + i) / pageSize);
      into[i] =
        this.bytes[this.where[space * this.layout.pages + p]! * pageSize + ((offset + i) % pageSize)]!;
    }
  }

  /** FNV-1a of a range within one page. */
  digestOf(space: number, page: number, offset: number, length: number): number {
    return digest(
      this.bytes,
      this.where[space * this.layout.pages + page]! * this.world.pageSize + offset,
      length,
    );
  }

  /** The block that a store to `entry` goes to: a private page of the file gets its own first. */
  #writable(entry: number): number {
    const block = this.where[entry]!;
    if (this.kind[entry] !== PRIVATE_FILE || block === entry || block >= this.pool) return block;
    const { pageSize } = this.world;
    this.bytes.copyWithin(entry * pageSize, block * pageSize, (block + 1) * pageSize);
    this.where[entry] = entry;
    return entry;
  }

  #becomesOwn(entry: number): boolean {
    return this.kind[entry] === IMAGE && this.counted[entry] === 0;
  }

  protected countOwn(space: number, entry: number): void {
    if (this.counted[entry] === 1) return;
    this.counted[entry] = 1;
    this.held[space]!++;
    this.frames++;
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

  /** mremap: each page goes with its bytes, or with the block it shares. */
  move(space: number, page: number, pages: number, to: number): void {
    const first = space * this.layout.pages;
    for (let i = 0; i < pages; i++) this.moveEntry(first + page + i, first + to + i);
  }

  protected moveEntry(from: number, to: number): void {
    const { pageSize } = this.world;
    const block = this.where[from]!;
    this.kind[to] = this.kind[from]!;
    this.permission[to] = this.permission[from]!;
    this.counted[to] = this.counted[from]!;
    this.where[to] = block === from ? to : block;
    if (block === from) this.bytes.copyWithin(to * pageSize, from * pageSize, (from + 1) * pageSize);
    this.kind[from] = UNMAPPED;
    this.permission[from] = 0;
    this.counted[from] = 0;
    this.where[from] = from;
  }
}
