// What a target in the same process lets its judges look at instead of a log: its own arrays, and which of them changed.

/** Physical memory. The arrays stay the same ones for good; the lists are of what changed since the last section. */
export interface MemoryWindow {
  readonly wordsPerFrame: number;
  readonly words: Int32Array;
  /** Per frame: references counted; 1 if it is free; references that no entry holds. */
  readonly count: Int32Array;
  readonly listed: Int32Array;
  readonly held: Int32Array;
  readonly used: number;
  readonly tables: number;
  /** Frames whose count, state or holders changed, each once, and the count each had before. */
  readonly changed: Int32Array;
  readonly changedCounts: Int32Array;
  readonly changedCount: number;
  /** Frames whose bytes changed, each once. */
  readonly written: Int32Array;
  readonly writtenCount: number;
}

/** Page tables, processes and pins over it. Whoever looks must not store. */
export interface Window {
  readonly memory: MemoryWindow;
  readonly layout: { readonly pages: number };
  /** Frame (-1: none) and bits of each entry, `space * pages + page`. */
  readonly frame: Int32Array;
  readonly bits: Uint8Array;
  /** Entries that changed, each once, and the frame and bits each had before. */
  readonly changed: Int32Array;
  readonly changedFrames: Int32Array;
  readonly changedBits: Uint8Array;
  readonly changedCount: number;
  /** Space of each process, -1 without memory; processes whose space changed, in order. */
  readonly spaceOf: Int32Array;
  readonly moved: Int32Array;
  readonly movedCount: number;
  /** Frame of each pin, -1: not in use; pins that changed. */
  readonly pinned: Int32Array;
  readonly pinsChanged: Int32Array;
  readonly pinsChangedCount: number;
}
