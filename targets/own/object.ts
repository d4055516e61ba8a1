// What a user's own implementation has to have to be checked in this process.
import type { Dialect } from '../../spec/dialect.ts';
import type { Access, Advice, Mapping } from '../../spec/op.ts';
import type { World } from '../../spec/world.ts';

/** A value, or a promise of it: every method may be synchronous or not. */
export type Eventual<T> = T | PromiseLike<T>;

/** The bytes of each page of an image as `start` and `exec` must lay them out; a page that is not mapped has none. */
export type ImagePages = readonly Uint8Array[];

/** One page of a process as a debugger would see it. What is not given is not looked at. */
export interface PageSeen<Frame> {
  /** What holds the bytes: two pages share it if and only if the values are the same. */
  readonly frame: Frame;
  /** Would a store go through at once, without a copy or a fault? */
  readonly writable?: boolean;
  /** Is this page held to be its process's alone? */
  readonly exclusive?: boolean;
  readonly executable?: boolean;
  /** Will a store be answered by a copy? */
  readonly copyOnWrite?: boolean;
}

/** How a child ended that `wait` tells of; or that there is none. */
export type Waited<Process> =
  | { readonly child: Process; readonly status: number | 'killed' }
  | 'running'
  | 'no-child';

/**
 * An implementation of copy-on-write as cowcheck drives it. A process is whatever `start` and `fork` return. Only
 * `start`, `fork`, `read` and `write` must be there; each further method makes more rules apply, and what is missing is
 * named in the report. An op that is rightly refused throws `Refused`; any other exception counts as a crash.
 */
export interface CowObject<Process = unknown, Frame = unknown, Saved = unknown> {
  /** Begins anew with one process whose pages hold `image`. Nothing of an earlier run may be left. */
  start(image: ImagePages, world: World): Eventual<Process>;
  /** Lets go of all that `start` made. Called before the next `start` and at the end. */
  stop?(): Eventual<void>;
  /** A copy of `parent`, eager as far as anybody can tell. */
  fork(parent: Process): Eventual<Process>;
  read(process: Process, page: number, offset: number, length: number): Eventual<ArrayLike<number>>;
  write(process: Process, page: number, offset: number, bytes: Uint8Array): Eventual<void>;
  /** The process ends; all that it alone held must be free. */
  exit?(process: Process, status: number): Eventual<void>;
  /** Ends another process. */
  kill?(process: Process): Eventual<void>;
  /** A new image in place of the old; returns the process if it is another value from now on. */
  exec?(process: Process, image: ImagePages, number: number): Eventual<Process | void>;
  /** Never blocks. With `page`, the kernel stores the four bytes of the status there. */
  wait?(process: Process, page?: number, offset?: number): Eventual<Waited<Process>>;
  /** The kernel reads and writes the memory of a process; a range may straddle pages. */
  kread?(process: Process, page: number, offset: number, length: number): Eventual<ArrayLike<number>>;
  kwrite?(process: Process, page: number, offset: number, bytes: Uint8Array): Eventual<void>;
  mmap?(process: Process, page: number, pages: number, mapping: Mapping, access: Access): Eventual<void>;
  munmap?(process: Process, page: number, pages: number): Eventual<void>;
  mprotect?(process: Process, page: number, pages: number, access: Access): Eventual<void>;
  sbrk?(process: Process, pages: number): Eventual<void>;
  madvise?(process: Process, page: number, pages: number, advice: Advice): Eventual<void>;
  /** Let the `nth` next allocation fail, once; the op that meets it throws `Refused('memory')`. */
  failalloc?(nth: number): Eventual<void>;

  /** What holds each page of a process: equal values are one frame; nothing for a page that has none. */
  frames?(process: Process): Eventual<readonly (Frame | null | undefined)[]>;
  /** The same with more about each page; in place of `frames`. */
  inspect?(process: Process): Eventual<readonly (PageSeen<Frame> | null | undefined)[]>;
  /** The implementation's own count of references to a frame; 0 once it is free. */
  count?(frame: Frame): Eventual<number>;
  /** References to a frame that are no page's and are right: a cache, a snapshot. */
  held?(frame: Frame): Eventual<number>;
  /** All bytes of a frame. */
  contents?(frame: Frame): Eventual<ArrayLike<number>>;
  /** Data frames in use. */
  used?(): Eventual<number>;

  /**
   * All that it remembers, to go back to as often as is wished. With `restore` too, `explore` visits its states as it does
   * those of the built-in model; every method must then return at once, not a promise.
   */
  save?(): Saved;
  /** Everything is as it was at that `save`: the values that were processes then are processes again, and no others. */
  restore?(saved: Saved): void;
  /**
   * A text for all that it remembers, told of these processes in this order, whatever their own names: two states with
   * one text go on alike. Without it, states that look alike are taken for one. `processes`: the living, and those that
   * ended and were not waited for.
   */
  fingerprint?(processes: readonly Process[]): string;

  /** What reports call it. */
  readonly name?: string;
  /** Its only page size, most processes, most pages of a process; absent: any. */
  readonly pageSize?: number;
  readonly processes?: number;
  readonly pages?: number;
  /** Data frames it has; absent: not declared, and running out of memory is not judged. */
  readonly capacity?: number;
  /** `data` (the default): plain pages only. `all`: also text, rodata, stack and guard, with their permissions. */
  readonly layout?: 'data' | 'all';
  /** What it rightly does its own way. */
  readonly dialect?: Partial<Dialect>;
  /** Version, build …: goes into every saved counterexample. */
  readonly identity?: Readonly<Record<string, string>>;
}

/** Why an op is refused, as `Refused` takes it. */
const REFUSALS = ['memory', 'processes', 'missing', 'range', 'access', 'fault'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** Thrown by an implementation that rightly refuses an op. It must have changed nothing. */
export class Refused extends Error {
  override readonly name = 'Refused';
  readonly why: Refusal;
  /** Bytes of a kernel write that stand all the same. */
  readonly stands: number;
  /** The failure that `failalloc` armed is what was met. */
  readonly injected: boolean;
  constructor(why: Refusal, more: { readonly stands?: number; readonly injected?: boolean } = {}) {
    super(`refused: ${why}`);
    this.why = why;
    this.stands = more.stands ?? 0;
    this.injected = more.injected ?? false;
  }
}

/** An exception of another copy of this package is one too. */
export function isRefused(cause: unknown): cause is Refused {
  return (
    cause instanceof Error &&
    cause.name === 'Refused' &&
    (REFUSALS as readonly unknown[]).includes((cause as Partial<Refused>).why)
  );
}
