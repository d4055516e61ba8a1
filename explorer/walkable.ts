// What can be walked through: a space whose states and moves can be put into words.
import type { Breach } from '../properties/examiner.ts';
import type { Space } from './space.ts';

/** A move as it is in the present state. */
export interface MoveWords {
  /** A line: `write A data+0 length 4 = 224`. */
  readonly text: string;
  /** The same as a step of an address: words of letters, digits, `+`, `-`, `_` and `:` with dots between, `write.A.data+0.4.224`. No two moves of a state have the same. */
  readonly step: string;
}

/** One page-table entry. What is absent is not known, or nothing is there. */
export interface WalkPage {
  /** Address of its first byte, `data+8`. */
  readonly at: string;
  /** What its owner may do there, `rw`; `none`. */
  readonly permission: string;
  /** Kind of mapping: `private`, `image`, `not mapped` … */
  readonly kind: string;
  readonly frame?: number;
  /** `present`, `writable`, `copy-on-write` … */
  readonly bits: readonly string[];
  /** The bytes of its frame in hex, the first ones of a long page. */
  readonly bytes?: string;
  /** What an eager copy would hold there, where that differs. */
  readonly eager?: string;
}

export interface WalkProcess {
  readonly name: string;
  /** `alive`, `zombie, status 3` … */
  readonly state: string;
  /** Absent: nothing depends on it here. */
  readonly parent?: string;
  readonly image?: string;
  /** Another process that uses the same memory; absent: its memory is its own. */
  readonly memory?: string;
  readonly pages: readonly WalkPage[];
}

export interface WalkFrame {
  readonly number: number;
  /** `data`, `image`, `zero`, `file`, `slot`. */
  readonly role: string;
  readonly free: boolean;
  readonly count: number;
  /** Who refers to it: `A data+0`, `pin1`, `the cache`. */
  readonly holders: readonly string[];
  readonly bytes: string;
}

/** A processor and the translations that it still believes. */
export interface WalkCpu {
  readonly name: string;
  /** What it is in the middle of; `idle`. */
  readonly doing: string;
  readonly translations: readonly {
    readonly page: string;
    readonly frame: number;
    readonly writable: boolean;
  }[];
}

/** A state as plain data. */
export interface WalkState {
  readonly processes: readonly WalkProcess[];
  /** Data frames, and those others that somebody refers to. */
  readonly frames: readonly WalkFrame[];
  /** Empty where translations are not kept. */
  readonly cpus: readonly WalkCpu[];
  /** Numbers of the whole: `data frames in use`, `2 of 6`. */
  readonly totals: readonly { readonly name: string; readonly value: string }[];
}

export interface Walkable<Mark> extends Space<Mark> {
  words(move: number): MoveWords;
  /** The present state. */
  describe(): WalkState;
  /** What the last move was answered. */
  readonly answer: string;
  /** What the last move broke. */
  readonly breach: Breach | undefined;
  /** How many invariants judge each state. */
  readonly laws: number;
}
