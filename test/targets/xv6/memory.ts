// A made-up kernel in a buffer: process table, page tables, free list and counts, each of which a test may break.
import { Kernel } from '../../../targets/xv6/kernel.ts';
import { wantedOf } from '../../../targets/xv6/layouts/layout.ts';
import { xv6 } from '../../../targets/xv6/layouts/xv6.ts';
import { type GuestMemory, PAGE } from '../../../targets/xv6/memory.ts';
import type { Seen, TestProcess } from '../../../targets/xv6/seen.ts';
import { Examination } from '../../../targets/xv6/snapshot.ts';

export const BASE = 0x8000_0000;
export const FRAMES = 512;
/** First frame behind the image of the made-up kernel. */
export const FIRST = 64;
export const STATES = { UNUSED: 0, USED: 1, SLEEPING: 2, RUNNABLE: 3, RUNNING: 4, ZOMBIE: 5 };
const FIELDS = {
  state: 24,
  pid: 48,
  parent: 56,
  sz: 72,
  pagetable: 80,
  trapframe: 88,
  context: 96,
  name: 344,
};
export const PROC = 360;
export const TABLE_AT = BASE + 0x1000;
export const HEAD_AT = BASE + 0x9000 + 24;
export const COUNTS_AT = BASE + 0x10000;
const V = 1;
export const R = 2;
export const W = 4;
export const X = 8;
export const U = 16;

/** What a made-up kernel is like; the default is a base of 2023 with a field of 32-bit counts. */
export interface Making {
  readonly old?: boolean;
  /** Where and how counts are kept; undefined: nowhere. */
  readonly counts?: {
    at: number;
    width: number;
    stride: number;
    offset: number;
    free: number | ((frame: number) => number);
  };
}

export class Made implements GuestMemory {
  readonly base = BASE;
  readonly size = FRAMES * PAGE;
  readonly bytes = Buffer.alloc(FRAMES * PAGE);
  readonly symbols = new Map([
    ['proc', { address: TABLE_AT, size: 64 * PROC }],
    ['kmem', { address: HEAD_AT - 24, size: 32 }],
    ['end', { address: BASE + FIRST * PAGE - 100, size: 0 }],
    ['counts', { address: COUNTS_AT, size: 0x10000 }],
    ['noise', { address: BASE + 0x20000, size: 0x10000 }],
  ]);
  readonly shapes = new Map<string, number | undefined>();
  readonly holders = new Map<number, number>();
  reads = 0;
  #next = FIRST;

  constructor(making: Making = {}) {
    for (const [field, at] of Object.entries(FIELDS))
      this.shapes.set(`struct proc.${making.old === true && field === 'trapframe' ? 'tf' : field}`, at);
    this.shapes.set('sizeof struct proc', PROC).set('sizeof struct context', 112).set('length proc', 64);
    this.shapes.set('kmem.freelist', 24);
    for (const [name, value] of Object.entries(STATES))
      if (making.old !== true) this.shapes.set(name, value);
      else if (name !== 'USED') this.shapes.set(name, Math.max(0, value - 1));
  }

  read(pa: number, length: number, into: Uint8Array = Buffer.alloc(length)): Uint8Array {
    const at = pa - BASE;
    if (at < 0 || at + length > this.size) throw new RangeError('outside');
    this.reads++;
    into.set(this.bytes.subarray(at, at + length));
    return into;
  }

  u64(pa: number, value: number): void {
    this.bytes.writeBigUInt64LE(BigInt(value), pa - BASE);
  }

  u32(pa: number, value: number): void {
    this.bytes.writeInt32LE(value, pa - BASE);
  }

  /** A frame that nobody has yet, as an index. */
  take(): number {
    return this.#next++;
  }

  pa = (frame: number): number => BASE + frame * PAGE;

  /** The address of the entry of `va`, with the tables above it made. */
  entry(root: number, va: number): number {
    let table = root;
    for (const shift of [30, 21]) {
      const at = this.pa(table) + (Math.floor(va / 2 ** shift) % 512) * 8;
      const found = Number(this.bytes.readBigUInt64LE(at - BASE));
      if ((found & V) === 0) {
        const below = this.take();
        this.u64(at, Math.floor(this.pa(below) / 4) + V);
        table = below;
      } else table = Math.floor(found / 1024) - BASE / PAGE;
    }
    return this.pa(table) + (Math.floor(va / PAGE) % 512) * 8;
  }

  map(root: number, va: number, frame: number, flags: number): void {
    this.u64(this.entry(root, va), (frame + BASE / PAGE) * 1024 + flags + V);
    this.holders.set(frame, (this.holders.get(frame) ?? 0) + 1);
  }

  /** A process with a trapframe and no pages; returns its root. */
  process(slot: number, pid: number, state: number, name = 'cow0'): number {
    const root = this.take();
    const trapframe = this.take();
    const at = TABLE_AT + slot * PROC;
    this.u32(at + FIELDS.state, state);
    this.u32(at + FIELDS.pid, pid);
    this.u64(at + FIELDS.parent, slot === 0 ? 0 : TABLE_AT);
    this.u64(at + FIELDS.sz, 0x8000);
    this.u64(at + FIELDS.pagetable, this.pa(root));
    this.u64(at + FIELDS.trapframe, this.pa(trapframe));
    this.bytes.write(name, at + FIELDS.name - BASE);
    this.map(root, 2 ** 38 - 2 * PAGE, trapframe, R | W);
    this.map(root, 2 ** 38 - PAGE, 8, R | X);
    return root;
  }

  /** Chains all frames from `#next` on, the last first; returns them. */
  freeRest(): number[] {
    const frames: number[] = [];
    for (let frame = this.#next; frame < FRAMES; frame++) frames.push(frame);
    this.chain(frames);
    return frames;
  }

  chain(frames: readonly number[]): void {
    let at = HEAD_AT;
    for (const frame of frames) {
      this.u64(at, this.pa(frame));
      at = this.pa(frame);
    }
    this.u64(at, 0);
  }

  /** Writes counts as `making` has them, for every frame with holders and for the free ones. */
  count({ at, width, stride, offset, free }: NonNullable<Making['counts']>, vacant: readonly number[]): void {
    const put = (frame: number, value: number): void => {
      const into = Math.min(width, 6);
      if (value < 0) this.bytes.writeIntLE(value, at + frame * stride - BASE, into);
      else this.bytes.writeUIntLE(value, at + frame * stride - BASE, into);
    };
    for (let frame = FIRST; frame < FRAMES; frame++) put(frame, 1);
    for (const frame of vacant) put(frame, typeof free === 'number' ? free : free(frame));
    for (const [frame, holders] of this.holders) if (frame >= FIRST) put(frame, holders + offset);
  }
}

export const COUNTED = { at: COUNTS_AT, width: 4, stride: 4, offset: 0, free: 0 };
export const PAGES = Array.from({ length: 12 }, (_, i) => i * PAGE);

/** Three processes of 12 pages: 6 shared by all, 3 by the first two, 3 of their own; init beside them. */
export class Scene {
  readonly made: Made;
  readonly roots: number[] = [];
  readonly vacant: number[];
  readonly shared: number[] = [];
  readonly roles: { tests: TestProcess[]; harness: Set<number> };

  constructor(making: Making = { counts: COUNTED }) {
    const made = new Made(making);
    this.made = made;
    const sleeping = making.old === true ? 1 : 2;
    const init = made.process(0, 1, sleeping, 'init');
    for (let page = 0; page < 4; page++) made.map(init, page * PAGE, made.take(), R | W | U);
    for (let i = 0; i < 3; i++) this.roots.push(made.process(i + 1, i + 3, sleeping));
    for (let page = 0; page < 12; page++) {
      const sharers = page < 6 ? 3 : page < 9 ? 2 : 0;
      const frame = sharers > 0 ? made.take() : -1;
      if (sharers > 0) this.shared.push(frame);
      this.roots.forEach((root, i) => {
        const flags = page === 0 ? R | X | U : i < sharers ? R | U : R | W | U;
        made.map(root, page * PAGE, i < sharers ? frame : made.take(), flags);
      });
    }
    this.vacant = made.freeRest();
    if (making.counts !== undefined) made.count(making.counts, this.vacant);
    this.roles = {
      tests: [3, 4, 5].map(pid => ({ pid, pages: PAGES, counted: PAGES.map((_, page) => page > 0) })),
      harness: new Set([1]),
    };
  }

  kernel(): Kernel {
    return new Kernel(this.made, this.made.symbols, this.made.shapes, xv6);
  }

  examination(): Examination {
    return new Examination(this.kernel());
  }

  look(examination: Examination): Seen {
    return examination.take(this.roles);
  }
}

export const whats = (seen: Seen): string[] => seen.damage.map(({ what }) => what);
export const asked = wantedOf(xv6);
