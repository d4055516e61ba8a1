// Address spaces of the COW model: page tables, images, and what absent pages are read from.
import * as law from '../../spec/law.ts';
import { Room, type Stateful } from '../../spec/room.ts';
import { layoutFor } from '../../spec/tape.ts';
import * as transcript from '../../spec/transcript.ts';
import * as rights from '../../spec/world.ts';
import { fillByte, imageContents, type Layout, type World } from '../../spec/world.ts';
import * as sites from './memory.ts';
import { Memory } from './memory.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { IMAGE, PRIVATE, PRIVATE_FILE, UNMAPPED } = law;
const { COPY_ON_WRITE, EXECUTABLE, PRESENT, REFERS, SWAPPED, WRITABLE } = transcript;
const { EXECUTE, READ, WRITE } = rights;
const { EXEC_PAGE, EXEC_ROOT, EXEC_TABLE, SWAP_IN } = sites;

/** What fork does with a page, beside the permissions in `access`: leaves it out, or wipes it. */
export const DONT_FORK = 8;
export const WIPE = 16;
export const PERMISSIONS = READ | WRITE | EXECUTE;
/** No frame, for want of memory. */
export const NO_FRAME = -2;

/** Entries a page-table frame holds; small, so that small worlds have more than one. */
export const ENTRIES_PER_TABLE = 4;

/**
 * Page tables over `Memory`, in flat typed arrays. Every change of an entry goes through `setEntry`, which notes it.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Spaces implements Stateful {
  readonly world: World;
  readonly layout: Layout;
  readonly memory: Memory;
  readonly room: Room;
  /** Frame (-1: none) and bits of each entry, `space * pages + page`. */
  readonly frame: Int32Array;
  readonly bits: Uint8Array;
  /** What the owner may do there (READ, WRITE, EXECUTE) and what fork does (DONT_FORK, WIPE), and the kind of mapping (PRIVATE, SHARED …). */
  readonly access: Uint8Array;
  readonly kind: Uint8Array;
  /** Space and page of each entry. */
  readonly spaceAt: Int32Array;
  readonly pageAt: Int32Array;
  /** Page-table frames, heap pages and image of each space. */
  readonly tablesOf: Int32Array;
  readonly heap: Int32Array;
  readonly imageOf: Int32Array;

  /** Entries changed since `forget`, each once, with the frame and bits each had. */
  readonly changed: Int32Array;
  readonly changedFrames: Int32Array;
  readonly changedBits: Uint8Array;
  changedCount = 0;

  readonly #changedAt: Int32Array;
  #epoch = 1;
  readonly #free: Int32Array;
  #freeCount = 0;
  /** Bits, access and kinds in one. */
  readonly #bytes: Uint8Array;
  readonly #numbers: Int32Array;
  readonly #contents: readonly Int32Array[];

  /** `spaces`: the most that exist at once. `room`: where all is kept that is remembered from op to op. */
  constructor(world: World, spaces: number, room = new Room()) {
    this.world = world;
    this.layout = layoutFor(world);
    const { pages } = this.layout;
    this.room = room;
    this.memory = this.makeMemory(world, world.frames ?? spaces * pages);
    const entries = spaces * pages;
    this.frame = room.words(entries).fill(-1);
    this.tablesOf = room.words(spaces);
    this.heap = room.words(spaces);
    this.imageOf = room.words(spaces);
    this.#free = room.words(spaces);
    this.#numbers = room.words(1);
    this.#bytes = room.bytes(3 * entries);
    this.bits = this.#bytes.subarray(0, entries);
    this.access = this.#bytes.subarray(entries, 2 * entries);
    this.kind = this.#bytes.subarray(2 * entries);
    this.spaceAt = Int32Array.from(this.frame, (_, entry) => Math.floor(entry / pages));
    this.pageAt = Int32Array.from(this.frame, (_, entry) => entry % pages);
    this.changed = new Int32Array(spaces * pages);
    this.changedFrames = new Int32Array(spaces * pages);
    this.changedBits = new Uint8Array(spaces * pages);
    this.#changedAt = new Int32Array(spaces * pages);
    this.#contents = imageContents(world, this.layout).map(bytes => new Int32Array(bytes.buffer));
  }

  /** The physical memory below the spaces, of `data` frames for data. */
  makeMemory(world: World, data: number): Memory {
    return new Memory(world, data, this.room);
  }

  /** No spaces, all frames free. */
  reset(): void {
    this.memory.reset();
    this.frame.fill(-1);
    this.#bytes.fill(0); // UNMAPPED is 0
    const spaces = this.#free.length;
    for (let i = 0; i < spaces; i++) {
      this.tablesOf[i] = 0;
      this.#free[i] = spaces - 1 - i;
    }
    this.#freeCount = spaces;
  }

  /** Starts a new list of changes; numbered in 32 bits, as the marks are. */
  forget(): void {
    this.changedCount = 0;
    this.#epoch = (this.#epoch + 1) | 0;
    this.memory.forget();
  }

  gather(): void {
    this.memory.gather();
    this.#numbers[0] = this.#freeCount;
  }

  scatter(): void {
    this.memory.scatter();
    this.#freeCount = this.#numbers[0]!;
    this.forget();
  }

  /** A fresh address space with image `image`, or -1 with nothing left behind. bss and heap come on first touch. */
  load(image: number): number {
    const space = this.openSpace(EXEC_ROOT);
    if (space < 0) return -1;
    const { pages, permissions, segmentOf } = this.layout;
    const allowed = permissions[image]!;
    this.heap[space] = this.world.images[image]!.heap ?? 0;
    this.imageOf[space] = image;
    for (let page = 0; page < pages; page++) {
      const access = allowed[page]!;
      const entry = space * pages + page;
      const own = (access & WRITE) !== 0;
      this.access[entry] = access;
      this.kind[entry] = access === 0 ? UNMAPPED : own ? PRIVATE : IMAGE;
      const table = page % ENTRIES_PER_TABLE !== 0 || this.addTable(space, EXEC_TABLE);
      const segment = segmentOf[page]!;
      const present =
        access === 0 || segment === 'bss' || segment === 'heap' || this.loadPage(entry, image, page);
      if (table && present) continue;
      this.closeSpace(space);
      return -1;
    }
    return space;
  }

  /** Makes a page of the image present: its cached frame, or a frame of its own with the contents. False: no memory. */
  loadPage(entry: number, image: number, page: number): boolean {
    if ((this.access[entry]! & WRITE) === 0) {
      this.touch(entry);
      return true;
    }
    const { memory } = this;
    const frame = memory.allocate(EXEC_PAGE);
    if (frame < 0) return false;
    const words = memory.wordsPerFrame;
    const contents = this.#contents[image]!;
    for (let i = 0; i < words; i++) memory.words[frame * words + i] = contents[page * words + i]!;
    memory.noteWritten(frame);
    this.setEntry(entry, frame, PRESENT | WRITABLE);
    return true;
  }

  /** The frame a load at `page` reaches, made present first if it is not; -1: the load is refused, NO_FRAME: no memory. */
  readable(space: number, page: number): number {
    if (page < 0 || page >= this.layout.pages) return -1;
    const entry = space * this.layout.pages + page;
    if ((this.access[entry]! & READ) === 0) return -1;
    if ((this.bits[entry]! & PRESENT) === 0 && !this.bringToRead(entry)) return NO_FRAME;
    return this.frame[entry]!;
  }

  /** Makes an absent page present for a load. False: no memory. */
  bringToRead(entry: number): boolean {
    if ((this.bits[entry]! & SWAPPED) !== 0) return this.swapIn(entry);
    this.touch(entry);
    return true;
  }

  /** Brings a page back from its slot, copy-on-write if it may be written at all. False: no memory. */
  swapIn(entry: number): boolean {
    const { memory } = this;
    const slot = this.frame[entry]!;
    const frame = memory.allocate(SWAP_IN);
    if (frame < 0) return false;
    memory.copy(slot, frame);
    this.setEntry(entry, frame, this.bitsFor(entry, COPY_ON_WRITE));
    this.releaseSlot(slot);
    return true;
  }

  /** The reference of an entry to the slot its page was in. */
  releaseSlot(slot: number): void {
    this.memory.drop(slot);
  }

  /** Maps what an absent page is read from: zeros, the file, or the image. A store will break it. */
  touch(entry: number): void {
    const { memory, layout } = this;
    const page = this.pageAt[entry]!;
    let frame = memory.zero;
    if (this.kind[entry] === PRIVATE_FILE) frame = memory.file + page - layout.start.map;
    if (this.kind[entry] === IMAGE)
      frame = memory.imageFrame[this.imageOf[this.spaceAt[entry]!]! * layout.pages + page]!;
    memory.take(frame);
    this.setEntry(entry, frame, this.bitsFor(entry, COPY_ON_WRITE));
  }

  /** The bits a present entry gets for its access; `writes` is what stands for permission to write. */
  bitsFor(entry: number, writes: number): number {
    const access = this.access[entry]!;
    return PRESENT | ((access & EXECUTE) !== 0 ? EXECUTABLE : 0) | ((access & WRITE) !== 0 ? writes : 0);
  }

  openSpace(site: number): number {
    if (!this.memory.allocateTable(site)) return -1;
    const space = this.#free[--this.#freeCount]!;
    this.tablesOf[space] = 1;
    return space;
  }

  addTable(space: number, site: number): boolean {
    if (!this.memory.allocateTable(site)) return false;
    this.tablesOf[space] = this.tablesOf[space]! + 1;
    return true;
  }

  /** Drops every reference of a space and its table frames. */
  closeSpace(space: number): void {
    const { pages } = this.layout;
    for (let page = 0; page < pages; page++) {
      const entry = space * pages + page;
      if ((this.bits[entry]! & REFERS) === 0) continue;
      const frame = this.frame[entry]!;
      this.setEntry(entry, -1, 0);
      this.releaseClosed(frame);
    }
    this.memory.releaseTables(this.tablesOf[space]!);
    this.tablesOf[space] = 0;
    this.#free[this.#freeCount++] = space;
  }

  /** The reference that an entry of a closed space held. */
  releaseClosed(frame: number): void {
    this.memory.drop(frame);
  }

  // `| 0` where numbers from anywhere go into arrays: without it the compiler sends them through floating point.
  setEntry(entry: number, frame: number, bits: number): void {
    const { frame: frames, bits: all } = this;
    if (this.#changedAt[entry] !== this.#epoch) {
      const n = this.changedCount++;
      this.#changedAt[entry] = this.#epoch;
      this.changed[n] = entry | 0;
      this.changedFrames[n] = frames[entry]!;
      this.changedBits[n] = all[entry]!;
    }
    frames[entry] = frame | 0;
    all[entry] = bits | 0;
  }

  /** The frame `page` maps; -1: none. */
  frameAt(space: number, page: number): number {
    return page < 0 || page >= this.layout.pages ? -1 : this.frame[space * this.layout.pages + page]!;
  }

  /** Stores bytes `from` to `from + length - 1` of a fill with `value`. */
  store(frame: number, offset: number, length: number, value: number, from: number): void {
    const start = frame * this.world.pageSize + offset;
    for (let i = 0; i < length; i++) this.memory.bytes[start + i] = fillByte(value, from + i);
    this.memory.noteWritten(frame);
  }
}
