// What a machine cut into micro-steps consists of: frames, page tables, processors in the middle of something.
import type { Evidence } from './law.ts';
import { nameOf } from './tape.ts';

/** How large a world is. Every number is a bound: nothing is claimed beyond it. */
export interface InterleavingScope {
  readonly cpus: number;
  readonly procs: number;
  readonly pages: number;
  /** Frames that can be allocated; the zero frame comes on top. */
  readonly frames: number;
  /** A page holds one value, 0 to values - 1. */
  readonly values: number;
  /** Processors that may run one address space at the same time. */
  readonly threads: number;
}

/** The ops beside stores and faults, which there always are. */
export const INTERLEAVED_OPS = ['fork', 'exec', 'exit', 'discard', 'kwrite', 'pin'] as const;
export type InterleavedOp = (typeof INTERLEAVED_OPS)[number];

/** What each number of a scope may be. */
export const INTERLEAVING_LIMITS: Readonly<
  Record<keyof InterleavingScope, readonly [least: number, most: number]>
> = {
  cpus: [1, 4],
  procs: [1, 4],
  pages: [1, 4],
  frames: [1, 15],
  values: [2, 4],
  threads: [1, 4],
};

/** What is wrong with a scope, in one line: what was received and what is accepted; undefined if nothing is. */
export function scopeProblem(scope: InterleavingScope): string | undefined {
  for (const name of Object.keys(INTERLEAVING_LIMITS) as (keyof InterleavingScope)[]) {
    const [least, most] = INTERLEAVING_LIMITS[name];
    const number = scope[name];
    if (!Number.isInteger(number) || number < least || number > most)
      return `${name} is ${number}: a whole number from ${least} to ${most} is accepted where steps interleave`;
  }
  if (scope.frames < scope.pages)
    return `frames is ${scope.frames}: the first process has ${scope.pages} pages, each in a frame of its own; at least ${scope.pages} are accepted`;
  if (scope.threads > scope.cpus)
    return `threads is ${scope.threads}: a process runs on at most all ${scope.cpus} processors; at most ${scope.cpus} are accepted`;
  return undefined;
}

/** A page-table entry or a cached translation: 0 for none, else frame + 1, and this bit if it lets stores through. */
export const WRITABLE = 0x80;
export const frameOf = (entry: number): number => (entry & 0x7f) - 1;
export const entryTo = (frame: number, bits: number): number => (frame + 1) | bits;

/** Of an address space: nobody's; made by a fork that has not returned; somebody's; in the middle of exec or exit. */
export const DEAD = 0;
export const BUILT = 1;
export const LIVE = 2;
export const ENDING = 3;

/** What a processor in the kernel is there for; 0 in user mode. */
export const TO_READ = 1;
export const TO_WRITE = 2;
export const TO_KWRITE = 3;
export const TO_PIN = 4;
export const TO_UNPIN = 5;
export const TO_FORK = 6;
export const TO_EXEC = 7;
export const TO_EXIT = 8;
export const TO_DISCARD = 9;

/**
 * A state, as arrays over one buffer. Page p of space s is entry s * pages + p; what processor c has cached of page p is
 * c * pages + p; frame number `frames` is the zero frame.
 */
export class Interleaving {
  readonly scope: InterleavingScope;
  /** The number of the zero frame, which absent pages read: the kernel holds it, and it is never written. */
  readonly zero: number;
  /** What a free frame holds: no value. */
  readonly garbage: number;
  readonly bytes: Uint8Array;
  /** Per frame. */
  readonly content: Uint8Array;
  readonly count: Uint8Array;
  readonly free: Uint8Array;
  /** Per space: DEAD, BUILT …; is its lock taken. */
  readonly life: Uint8Array;
  readonly locked: Uint8Array;
  readonly entry: Uint8Array;
  /** The value eager copying would hold in each page. */
  readonly reference: Uint8Array;
  /** Per page, the frame + 1 that a device was given; 0 for none. */
  readonly pinned: Uint8Array;
  /** Per processor: the space it runs + 1 (0: none); the step it is at (0: user mode); what for; on which page. */
  readonly running: Uint8Array;
  readonly at: Uint8Array;
  readonly op: Uint8Array;
  readonly page: Uint8Array;
  readonly value: Uint8Array;
  /** What the kernel remembers there: the frame + 1 it found, the frame + 1 it was given, the child + 1, a count it read. */
  readonly old: Uint8Array;
  readonly fresh: Uint8Array;
  readonly child: Uint8Array;
  readonly seen: Uint8Array;
  readonly cached: Uint8Array;
  /** More of the kernel's own, which only some mutants have. */
  readonly spare: Uint8Array;
  /** Times a frame was given back or up that was free already, at most 1: the history ends there. */
  readonly mishap: Uint8Array;

  constructor(scope: InterleavingScope, spares = 0) {
    const { cpus, procs, pages, frames, values } = scope;
    this.scope = scope;
    this.zero = frames;
    this.garbage = values;
    const entries = procs * pages;
    this.bytes = new Uint8Array(3 * (frames + 1) + 2 * procs + 3 * entries + cpus * (9 + pages) + spares + 1);
    let end = 0;
    const next = (length: number): Uint8Array => {
      end += length;
      return this.bytes.subarray(end - length, end);
    };
    this.content = next(frames + 1);
    this.count = next(frames + 1);
    this.free = next(frames + 1);
    this.life = next(procs);
    this.locked = next(procs);
    this.entry = next(entries);
    this.reference = next(entries);
    this.pinned = next(entries);
    this.running = next(cpus);
    this.at = next(cpus);
    this.op = next(cpus);
    this.page = next(cpus);
    this.value = next(cpus);
    this.old = next(cpus);
    this.fresh = next(cpus);
    this.child = next(cpus);
    this.seen = next(cpus);
    this.cached = next(cpus * pages);
    this.spare = next(spares);
    this.mishap = next(1);
  }

  /** The entry that processor `cpu` works on. */
  place(cpu: number): number {
    return (this.running[cpu]! - 1) * this.scope.pages + this.page[cpu]!;
  }

  /** Must this processor wait for a lock that is taken? A state that is only looked at cannot tell. */
  waits(_cpu: number): boolean {
    return false;
  }

  /** A copy to look at later. */
  copy(): Interleaving {
    const copy = new Interleaving(this.scope, this.spare.length);
    copy.bytes.set(this.bytes);
    return copy;
  }
}

/** One step of a history, with the state on both sides of it. */
export interface InterleavedStep {
  readonly cpu: number;
  /** What it does: the name of a step of the kernel; or, of what is done in user mode, of that, and of the step it begins with. */
  readonly name: string;
  readonly before: Interleaving;
  readonly after: Interleaving;
}

/** A history, step by step, and the law that it breaks at its end. */
export interface InterleavedHistory {
  readonly scope: InterleavingScope;
  readonly steps: readonly InterleavedStep[];
  readonly broken: (Evidence & { readonly invariant: string }) | undefined;
}

/** `f0`, or `z` for the zero frame. */
export function frameWord(state: Interleaving, frame: number): string {
  return frame === state.zero ? 'z' : `f${frame}`;
}

/** `A.0`: page 0 of the first space. */
export function pageWord(state: Interleaving, place: number): string {
  const { pages } = state.scope;
  return `${nameOf(Math.trunc(place / pages))}.${place % pages}`;
}

/** What a frame reads: its value, or that nothing was ever put there. */
export function valueWord(state: Interleaving, value: number): string {
  return value === state.garbage ? 'garbage' : String(value);
}
