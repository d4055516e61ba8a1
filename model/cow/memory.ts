// Physical memory of the COW model: frames with counts and a free list, page-table frames, and failing allocations.
import { bytesOf, type Room, type Stateful } from '../../spec/room.ts';
import { layoutFor } from '../../spec/tape.ts';
import * as rights from '../../spec/world.ts';
import { fileByte, imageContents, type World } from '../../spec/world.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { WRITE } = rights;

/** Places that allocate, as a failing allocation names them. */
export const SITES = [
  'fork: root table',
  'fork: table',
  'exec: root table',
  'exec: table',
  'exec: page',
  'break: copy',
  'first touch: page',
  'mmap: shared page',
  'fork: page that is not shared',
  'pin: copy',
  'swap: page brought back',
  'unmerge: copy',
] as const;
export const FORK_ROOT = 0;
export const FORK_TABLE = 1;
export const EXEC_ROOT = 2;
export const EXEC_TABLE = 3;
export const EXEC_PAGE = 4;
export const BREAK_COPY = 5;
export const TOUCH_PAGE = 6;
export const SHARED_PAGE = 7;
export const FORK_PAGE = 8;
export const PIN_COPY = 9;
export const SWAP_IN = 10;
export const UNMERGE_COPY = 11;

/** Numbers that are part of the state: used, tables, armed, free. */
const NUMBERS = 4;

/** Swap slots; a page stays where it is when all are in use. */
const SLOTS = 8;

/** What a freed frame is filled with, so that a use after free shows. */
export const POISON = 0xdbdbdbdb | 0;

/**
 * Frames 0 to `data`-1 hold private and shared data; the ones above hold the read-only pages of the images, zeros, and
 * the pages of the file; they are never freed, the cache they belong to being one of their holders. Last come swap
 * slots, which are counted like frames. The free list is last in, first out. Table frames have a pool without a limit.
 * Everything that changes is noted, so that an inspection costs what changed.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Memory implements Stateful {
  readonly data: number;
  readonly wordsPerFrame: number;
  readonly count: Int32Array;
  readonly words: Int32Array;
  readonly bytes: Uint8Array;
  /** Frame of each read-only page, `image * pages + page`; -1 elsewhere. */
  readonly imageFrame: Int32Array;
  /** The frame that untouched pages are read from, and the first frame of the file. */
  readonly zero: number;
  readonly file: number;
  /** The first swap slot. */
  readonly slots: number;
  /** References to each frame that are no page-table entry: the cache it belongs to, and pins; and the pins alone. */
  readonly held: Int32Array;
  readonly pins: Int32Array;
  /** A frame with so many references is not shared any further. */
  readonly mostCounted: number;
  used = 0;
  tables = 0;
  /** Allocations so far; and how many more until one fails (0: not armed). */
  allocations = 0;
  armed = 0;
  /** Did the armed failure fire since this was last cleared, and where? */
  fired = false;
  firedAt = 0;

  /** Frames changed since `forget`, each once, with the count each had; and those whose bytes changed. */
  readonly changed: Int32Array;
  readonly changedCounts: Int32Array;
  changedCount = 0;
  readonly written: Int32Array;
  writtenCount = 0;

  readonly #free: Int32Array;
  /** Is the frame on the free list? */
  readonly listed: Int32Array;
  #freeCount = 0;
  readonly #changedAt: Int32Array;
  readonly #writtenAt: Int32Array;
  #epoch = 1;
  readonly #numbers: Int32Array;
  /** Counts, holders, pins, states and the free list in one, and as they are at the start. */
  readonly #cells: Int32Array;
  readonly #start: Int32Array;
  /** What the cached frames hold at the start: the file may be written, and a wrong machine may write anywhere. */
  readonly #cached: Int32Array;

  constructor(world: World, data: number, room: Room) {
    const layout = layoutFor(world);
    const contents = imageContents(world, layout);
    this.data = data;
    this.wordsPerFrame = world.pageSize / 4;
    this.imageFrame = new Int32Array(world.images.length * layout.pages).fill(-1);
    let frames = data;
    layout.permissions.forEach((pages, image) => {
      pages.forEach((bits, page) => {
        if (bits !== 0 && (bits & WRITE) === 0) this.imageFrame[image * layout.pages + page] = frames++;
      });
    });
    this.zero = frames++;
    this.file = frames;
    frames += layout.span.map;
    this.slots = frames;
    frames += SLOTS;
    this.#numbers = room.words(NUMBERS);
    this.#cells = room.words(4 * frames + data);
    const column = (n: number): Int32Array => this.#cells.subarray(n * frames, (n + 1) * frames);
    this.count = column(0);
    this.held = column(1);
    this.pins = column(2);
    this.listed = column(3);
    this.#free = this.#cells.subarray(4 * frames);
    this.mostCounted = 2 ** Math.min(31, world.countBits ?? 31) - 1;
    this.words = room.words(frames * this.wordsPerFrame);
    this.bytes = bytesOf(this.words);
    this.changed = new Int32Array(frames);
    this.changedCounts = new Int32Array(frames);
    this.written = new Int32Array(frames);
    this.#changedAt = new Int32Array(frames);
    this.#writtenAt = new Int32Array(frames);
    this.count.fill(1, data, this.slots);
    this.held.fill(1, data, this.slots);
    this.listed.fill(1, 0, data).fill(1, this.slots);
    for (let i = 0; i < data; i++) this.#free[i] = data - 1 - i;
    this.#start = this.#cells.slice();
    for (let image = 0; image < world.images.length; image++)
      for (let page = 0; page < layout.pages; page++) {
        const frame = this.imageFrame[image * layout.pages + page]!;
        if (frame < 0) continue;
        const start = page * world.pageSize;
        this.bytes.set(contents[image]!.subarray(start, start + world.pageSize), frame * world.pageSize);
      }
    for (let i = 0; i < layout.span.map * world.pageSize; i++)
      this.bytes[this.file * world.pageSize + i] = fileByte(
        Math.floor(i / world.pageSize),
        i % world.pageSize,
      );
    this.words.fill(POISON, this.slots * this.wordsPerFrame);
    this.#cached = this.words.slice(data * this.wordsPerFrame);
    this.reset();
  }

  reset(): void {
    this.words.fill(POISON, 0, this.data * this.wordsPerFrame);
    this.words.set(this.#cached, this.data * this.wordsPerFrame);
    this.#cells.set(this.#start);
    this.#freeCount = this.data;
    this.used = 0;
    this.tables = 0;
    this.allocations = 0;
    this.armed = 0;
    this.fired = false;
    this.forget();
  }

  /** Starts a new list of changes; numbered in 32 bits, as the marks are. */
  forget(): void {
    this.changedCount = 0;
    this.writtenCount = 0;
    this.#epoch = (this.#epoch + 1) | 0;
  }

  /** A data frame with count 1 and unspecified bytes, or -1. */
  allocate(site: number): number {
    if (this.#fails(site) || this.#freeCount === 0) return -1;
    const frame = this.#free[--this.#freeCount]!;
    this.listed[frame] = 0;
    this.used++;
    this.setCount(frame, 1);
    return frame;
  }

  /** The same, filled with zeros. */
  allocateZeroed(site: number): number {
    const frame = this.allocate(site);
    if (frame < 0) return -1;
    this.words.fill(0, frame * this.wordsPerFrame, (frame + 1) * this.wordsPerFrame);
    this.noteWritten(frame);
    return frame;
  }

  /** Takes one more reference. */
  take(frame: number): void {
    this.setCount(frame, this.count[frame]! + 1);
  }

  /** Gives a reference back; the last one frees the frame. */
  drop(frame: number): void {
    const left = this.count[frame]! - 1;
    this.setCount(frame, left);
    if (left === 0) this.release(frame);
  }

  /** Puts a data frame on the free list and poisons it; a slot is free at once. */
  release(frame: number): void {
    const end = (frame + 1) * this.wordsPerFrame;
    for (let i = end - this.wordsPerFrame; i < end; i++) this.words[i] = POISON;
    if (frame >= this.slots) {
      this.listed[frame] = 1;
      return;
    }
    this.#free[this.#freeCount++] = frame;
    this.listed[frame] = 1;
    this.used--;
  }

  /** A swap slot with count 0 and unspecified bytes, or -1. */
  takeSlot(): number {
    const slot = this.listed.indexOf(1, this.slots);
    if (slot >= 0) this.listed[slot] = 0;
    return slot;
  }

  /** One pin more or less on a frame; its count is the business of whoever pins. */
  notePins(frame: number, more: number): void {
    this.pins[frame] = this.pins[frame]! + more;
    this.held[frame] = this.held[frame]! + more;
    this.setCount(frame, this.count[frame]!);
  }

  allocateTable(site: number): boolean {
    if (this.#fails(site)) return false;
    this.tables++;
    return true;
  }

  releaseTables(tables: number): void {
    this.tables -= tables;
  }

  isFree(frame: number): boolean {
    return this.listed[frame] === 1;
  }

  setCount(frame: number, count: number): void {
    this.noteChanged(frame);
    this.count[frame] = count | 0;
  }

  /** To be called before the first change of a frame. */
  noteChanged(frame: number): void {
    if (this.#changedAt[frame] === this.#epoch) return;
    const n = this.changedCount++;
    this.#changedAt[frame] = this.#epoch;
    this.changedCounts[n] = this.count[frame]!;
    this.changed[n] = frame | 0;
  }

  /** To be called by whoever changes the bytes of a frame. */
  noteWritten(frame: number): void {
    if (this.#writtenAt[frame] !== this.#epoch) {
      this.#writtenAt[frame] = this.#epoch;
      this.written[this.writtenCount++] = frame | 0;
    }
  }

  copy(from: number, to: number): void {
    const words = this.wordsPerFrame;
    const { words: all } = this;
    for (let i = 0; i < words; i++) all[to * words + i] = all[from * words + i]!;
    this.noteWritten(to);
  }

  /** Orders the free list, so that the lowest frame is the next one handed out, whatever was freed when. */
  tidy(): void {
    this.#free.subarray(0, this.#freeCount).sort((a, b) => b - a);
  }

  gather(): void {
    const numbers = this.#numbers;
    numbers[0] = this.used;
    numbers[1] = this.tables;
    numbers[2] = this.armed;
    numbers[3] = this.#freeCount;
  }

  scatter(): void {
    const numbers = this.#numbers;
    this.used = numbers[0]!;
    this.tables = numbers[1]!;
    this.armed = numbers[2]!;
    this.#freeCount = numbers[3]!;
    this.forget();
  }

  #fails(site: number): boolean {
    this.allocations++;
    if (this.armed === 0 || --this.armed > 0) return false;
    this.fired = true;
    this.firedAt = site;
    return true;
  }
}
