// What an examination is asked, and what it tells.
import type { ProcState } from './kernel.ts';
import type { Damage } from './memory.ts';

export interface TestProcess {
  readonly pid: number;
  /** Address of each page of its layout; negative: nothing is ever there. */
  readonly pages: ArrayLike<number>;
  /** By page: is it private data, whose frame `used` counts? */
  readonly counted: ArrayLike<boolean>;
}

export interface Roles {
  /** The one process that may run meanwhile; absent: none. */
  readonly polling?: number;
  readonly tests: readonly TestProcess[];
  /** Processes of the harness and of the system; absent: all that are not tests. */
  readonly harness?: ReadonlySet<number>;
}

/** The present pages of a test process, in order. */
export interface Mapped {
  readonly pid: number;
  /** 'unused': there is no such process. */
  readonly state: ProcState;
  readonly count: number;
  /** Page of its layout, frame number, and whether a user may write and execute it. */
  readonly pages: Int32Array;
  readonly frames: Int32Array;
  readonly writable: Uint8Array;
  readonly executable: Uint8Array;
}

/** What an examination saw. Valid until the next one. Frames are physical frame numbers. */
export interface Seen {
  /** Nothing ran before and after but the polling process. If not, nothing else here is proof of anything. */
  readonly quiet: boolean;
  readonly tests: readonly Mapped[];
  /** Frames of counted pages, and those that nobody accounts for; undefined: not known. */
  readonly used: number | undefined;
  /** Page tables of test processes that have an entry. */
  readonly tables: number;
  /** Frames on the free list; undefined: not known. */
  readonly free: number | undefined;
  /** Frames that nobody accounts for and that are not of the baseline; none if the free list is damaged or not known. */
  readonly lost: readonly number[];
  /** Processes that are neither tests nor harness. */
  readonly strangers: readonly number[];
  readonly damage: readonly Damage[];
}

/** Reusable. */
export class Pages implements Mapped {
  pid = 0;
  state: ProcState = 'unused';
  count = 0;
  pages = new Int32Array(32);
  frames = new Int32Array(32);
  writable = new Uint8Array(32);
  executable = new Uint8Array(32);

  reserve(pages: number): void {
    if (pages <= this.pages.length) return;
    this.pages = new Int32Array(pages);
    this.frames = new Int32Array(pages);
    this.writable = new Uint8Array(pages);
    this.executable = new Uint8Array(pages);
  }
}
