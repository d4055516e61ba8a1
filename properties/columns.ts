// What is known of a target, in columns: what it has shown, and what follows from that for each frame and space.
import type { ReadonlyView } from '../spec/law.ts';
import { MOST_PINS } from '../spec/op.ts';
import type { Stateful } from '../spec/room.ts';

/** Columns of `cells`. The first ones start with zeros. */
export const MAPPED = 0;
export const WRITERS = 1;
export const PINNED = 2;
const ZEROED = 3;
export const MAPPER = 3;
export const LISTED = 4;
export const FRAMES = 5;
export const MAPPED_BEFORE = 6;
const FRAME_COLUMNS = 7;
/** Numbers that are part of the state: used, tables, pinCount. */
const NUMBERS = 3;

/**
 * Last known values, plus what is derived from them: how many entries map each frame, and how many may write it.
 * Arrays grow with what the target shows. Those about entries and counts may be the target's own: see `View`.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Columns implements ReadonlyView, Stateful {
  readonly pages: number;
  readonly names: number;
  readonly wordsPerFrame: number;
  readonly spaceOf: Int32Array;
  /** A process that uses each space, -1 for none; and how many do. */
  readonly processOf: Int32Array;
  readonly users: Int32Array;
  /** Frame of each pin, -1: not in use; how many are; and how many refer to each frame. */
  readonly pinFrame: Int32Array;
  pinCount = 0;
  pinned = new Int32Array(0);
  frame: Int32Array;
  bits: Uint8Array;
  readonly spaceAt: Int32Array;
  readonly pageAt: Int32Array;
  count = new Int32Array(0);
  free = new Int32Array(0);
  held = new Int32Array(0);
  contents = new Int32Array(0);
  used = -1;
  tables = -1;
  faults = -1;

  mapped = new Int32Array(0);
  writers = new Int32Array(0);
  /** The entry that was last seen to map each frame; it may have left it since. */
  mapper = new Int32Array(0);

  /** Entries that the section in hand names, each once, and what they were before. */
  entries: Int32Array;
  entriesBefore: Int32Array;
  bitsBefore: Uint8Array;
  entryCount = 0;
  /** Frames that it says are counted otherwise, and the counts before. */
  changed = new Int32Array(0);
  changedCounts = new Int32Array(0);
  changedCount = 0;
  /** Frames whose bytes changed. */
  written = new Int32Array(0);
  writtenCount = 0;
  /** All frames that it concerns in any way, each once, and how many entries mapped them before. */
  frames = new Int32Array(0);
  mappedBefore = new Int32Array(0);
  frameCount = 0;
  /** Number of the section in hand, and of the last one to list each frame. */
  epoch = 0;
  protected listedAt = new Int32Array(0);

  /** The small columns, those that start with -1 first: reset in one go. Behind them, numbers. */
  readonly #people: Int32Array;
  readonly #nobody: number;
  readonly #numbers: Int32Array;
  /** All columns of frames that are not the target's, `room` words each; loops over changes use the whole. */
  cells = new Int32Array(0);
  room = 0;
  /** Do the arrays about entries and counts belong to the target? */
  protected borrowed = false;

  constructor(pages: number, names: number, wordsPerFrame: number) {
    this.pages = pages;
    this.names = names;
    this.wordsPerFrame = wordsPerFrame;
    const spaces = names + 2;
    this.#nobody = names + spaces + MOST_PINS;
    this.#people = new Int32Array(this.#nobody + spaces + NUMBERS);
    this.spaceOf = this.#people.subarray(0, names);
    this.processOf = this.#people.subarray(names, names + spaces);
    this.pinFrame = this.#people.subarray(names + spaces, this.#nobody);
    this.users = this.#people.subarray(this.#nobody, this.#nobody + spaces);
    this.#numbers = this.#people.subarray(this.#nobody + spaces);
    const entries = spaces * pages;
    this.frame = new Int32Array(entries);
    this.bits = new Uint8Array(entries);
    this.spaceAt = Int32Array.from(this.frame, (_, entry) => Math.floor(entry / pages));
    this.pageAt = Int32Array.from(this.frame, (_, entry) => entry % pages);
    this.entries = new Int32Array(entries);
    this.entriesBefore = new Int32Array(entries);
    this.bitsBefore = new Uint8Array(entries);
  }

  /** Nothing is mapped; every frame is free with count 0. What is the target's own it resets itself. */
  reset(): void {
    this.#people.fill(-1, 0, this.#nobody);
    this.#people.fill(0, this.#nobody);
    this.cells.fill(0, 0, ZEROED * this.room);
    if (!this.borrowed) {
      this.frame.fill(-1);
      this.bits.fill(0);
      this.count.fill(0);
      this.free.fill(1);
      this.held.fill(0);
    }
    this.pinCount = 0;
    this.used = -1;
    this.tables = -1;
    this.forget();
  }

  /** Starts new lists of changes. */
  protected forget(): void {
    this.entryCount = 0;
    this.changedCount = 0;
    this.writtenCount = 0;
    this.frameCount = 0;
    this.faults = -1;
    this.nextEpoch();
  }

  /** Marks are of 32 bits, and so are the numbers of sections: a long search makes more than two billion. */
  nextEpoch(): void {
    this.epoch = (this.epoch + 1) | 0;
  }

  /** All that is known of a target whose own arrays hold the entries and counts; the lists of changes are not part of it. */
  get blocks(): readonly Int32Array[] {
    return [this.#people, this.cells.subarray(0, LISTED * this.room), this.contents];
  }

  gather(): void {
    const numbers = this.#numbers;
    numbers[0] = this.used;
    numbers[1] = this.tables;
    numbers[2] = this.pinCount;
  }

  scatter(): void {
    const numbers = this.#numbers;
    this.used = numbers[0]!;
    this.tables = numbers[1]!;
    this.pinCount = numbers[2]!;
    this.forget();
  }

  /** What `frames` were counted before. Made when asked for: few ask. */
  get countsBefore(): Int32Array {
    const counts = this.frames.subarray(0, this.frameCount).map(frame => this.count[frame]!);
    for (let i = 0; i < this.changedCount; i++)
      counts[this.frames.indexOf(this.changed[i]!)] = this.changedCounts[i]!;
    return counts;
  }

  protected grow(frames: number): void {
    if (frames > 1 << 22) throw new RangeError(`the transcript names frame ${frames - 1}`);
    const size = this.borrowed ? frames : Math.max(64, this.mapped.length * 2, frames);
    const longer = (array: Int32Array, fill: number): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size).fill(fill);
      grown.set(array);
      return grown;
    };
    if (!this.borrowed) {
      this.count = longer(this.count, 0);
      this.free = longer(this.free, 1);
      this.held = longer(this.held, 0);
      this.changed = longer(this.changed, 0);
      this.changedCounts = longer(this.changedCounts, 0);
    }
    const old = this.cells;
    this.cells = new Int32Array(FRAME_COLUMNS * size);
    const column = (n: number): Int32Array<ArrayBuffer> => {
      const grown = this.cells.subarray(n * size, (n + 1) * size);
      grown.set(old.subarray(n * this.room, (n + 1) * this.room));
      return grown;
    };
    this.mapped = column(MAPPED);
    this.writers = column(WRITERS);
    this.pinned = column(PINNED);
    this.mapper = column(MAPPER);
    this.listedAt = column(LISTED);
    this.frames = column(FRAMES);
    this.mappedBefore = column(MAPPED_BEFORE);
    this.room = size;
    this.written = longer(this.written, 0);
    const contents = new Int32Array(size * this.wordsPerFrame);
    contents.set(this.contents);
    this.contents = contents;
  }

  /** Lists a frame as concerned, with what it was. */
  protected list(frame: number): void {
    if (this.listedAt[frame] === this.epoch) return;
    this.listedAt[frame] = this.epoch;
    const n = this.frameCount++;
    this.frames[n] = frame;
    this.mappedBefore[n] = this.mapped[frame]!;
  }
}
