// A whole examination of a quiet kernel: what each test process has mapped, who holds each frame, what nobody holds.
import { CountArray, type CountShape, discover, discoverAnywhere, type Discovery } from './counts.ts';
import { FreeList } from './free-list.ts';
import type { Kernel, Proc, ProcState } from './kernel.ts';
import { type Damage, frameAt, hex, PAGE } from './memory.ts';
import { type Mapped, Pages, type Roles, type Seen, type TestProcess } from './seen.ts';
import { EXECUTE, Space, USER, WRITE } from './walk.ts';

const TABLE = 1;
const TRAPFRAME = 2;
const OWNED = 4;
const MOST_DAMAGE = 32;

export class Examination {
  readonly kernel: Kernel;
  /** Absent as long as it is not certain where the kernel keeps its counts. */
  counts: CountArray | undefined;
  readonly #free: FreeList | undefined;
  readonly #first: number;
  readonly #total: number;
  /** Number of the first frame of RAM. */
  readonly #number: number;
  /** By slot of the process table. */
  readonly #spaces = new Map<number, Space>();
  readonly #tests: Pages[] = [];
  /** By frame: page entries, those that are no test page, those of them that are writable. */
  readonly #mapped: Uint16Array;
  readonly #held: Uint16Array;
  readonly #writers: Uint16Array;
  readonly #role: Uint8Array;
  readonly #counted: Uint8Array;
  /** 1: nobody accounted for it when the baseline was taken, and nobody has since. */
  readonly #baseline: Uint8Array;
  #damage: Damage[] = [];
  #hasBaseline = false;

  constructor(kernel: Kernel, counts?: CountShape) {
    this.kernel = kernel;
    const { memory, layout, freeHead, firstFrame } = kernel;
    this.#first = firstFrame;
    this.#total = kernel.frames;
    this.#number = memory.base / PAGE;
    if (freeHead >= 0) this.#free = new FreeList(memory, freeHead, firstFrame, layout.free.next);
    if (counts !== undefined) this.counts = new CountArray(memory, counts, firstFrame);
    this.#mapped = new Uint16Array(this.#total);
    this.#held = new Uint16Array(this.#total);
    this.#writers = new Uint16Array(this.#total);
    this.#role = new Uint8Array(this.#total);
    this.#counted = new Uint8Array(this.#total);
    this.#baseline = new Uint8Array(this.#total);
  }

  /** Examines a quiet kernel. What nobody accounts for at the first time is the baseline. Never throws for what it finds. */
  take(roles: Roles): Seen {
    this.#damage = [];
    this.#counted.fill(0);
    const processes = this.kernel.processes();
    const free = this.#free;
    free?.read();
    if (free?.damage !== undefined) this.#damage.push(free.damage);
    this.counts?.refresh();

    const polling = roles.polling ?? -1;
    const quiet = this.kernel.quiescent(polling, processes);
    const byPid = new Map(processes.map(proc => [proc.pid, proc]));
    for (const slot of this.#spaces.keys())
      if (!processes.some(proc => proc.slot === slot)) this.#spaces.delete(slot);
    for (const array of [this.#mapped, this.#held, this.#writers, this.#role]) array.fill(0);
    for (const proc of processes) this.#account(proc);
    let tables = 0;
    const tests = roles.tests.map((test, i) => {
      const proc = byPid.get(test.pid);
      const space = proc === undefined || proc.root === 0 ? undefined : this.#spaces.get(proc.slot);
      if (space !== undefined) tables += space.tableCount - space.emptyCount;
      return this.#show(test, proc?.state ?? 'unused', space, (this.#tests[i] ??= new Pages()));
    });
    const { used, lost } = this.#weigh();
    const known = roles.harness;
    return {
      quiet: quiet && this.kernel.quiescent(polling),
      tests,
      used: this.#free === undefined || free?.damage !== undefined ? undefined : used,
      tables,
      free: free?.count,
      lost,
      strangers:
        known === undefined
          ? []
          : processes
              .map(({ pid }) => pid)
              .filter(pid => !known.has(pid) && !roles.tests.some(test => test.pid === pid)),
      damage: this.#damage,
    };
  }

  /** What nobody accounted for at the last examination is taken as right from here on. */
  rebase(): void {
    for (let frame = this.#first; frame < this.#total; frame++)
      this.#baseline[frame] = this.#unaccounted(frame) ? 1 : 0;
    this.#hasBaseline = true;
  }

  /** Reads counts where they are known to be. */
  use(shape: CountShape): void {
    if (this.counts?.shape === shape) return;
    this.counts = new CountArray(this.kernel.memory, shape, this.#first);
    this.counts.refresh();
  }

  /** Looks for the counts in what the last examination saw; once they are certain, `counts` is there. `bytes`: wherever they are within so many, behind the first `from`. */
  findCounts(bytes?: number, from = 0): Discovery {
    if (this.counts !== undefined) return { shape: this.counts.shape, why: 'certain' };
    const { memory, symbols } = this.kernel;
    if (this.#free === undefined || this.#damage.length > 0)
      return { shape: undefined, why: 'too little is shared yet' };
    const facts = { mapped: this.#mapped, free: this.#free.mark, first: this.#first, total: this.#total };
    const found =
      bytes === undefined ? discover(memory, symbols, facts) : discoverAnywhere(memory, from, bytes, facts);
    if (found.shape !== undefined) this.use(found.shape);
    return found;
  }

  /** Holders that the kernel counts, at the last examination: may be negative; undefined: not known. */
  countOf(frame: number): number | undefined {
    const index = frame - this.#number;
    return this.counts?.of(index, this.#free?.mark[index] === 1);
  }

  /** Whether it was on the free list; undefined: not known. */
  isFree(frame: number): boolean | undefined {
    return this.#free === undefined ? undefined : this.#free.mark[frame - this.#number] === 1;
  }

  /** Page entries that refer to it and are no page of a test process's layout. */
  heldOf(frame: number): number {
    return this.#held[frame - this.#number] ?? 0;
  }

  /** Is it put to a use that no page of a test process has: a page table, saved registers, somebody else's page? */
  isElsewhere(frame: number): boolean {
    const index = frame - this.#number;
    return (this.#role[index] ?? 0) !== 0 || (this.#held[index] ?? 0) > 0;
  }

  /** All page entries that refer to it. */
  mappedOf(frame: number): number {
    return this.#mapped[frame - this.#number] ?? 0;
  }

  /** The bytes of a frame as they are now. */
  contents(frame: number, into?: Uint8Array): Uint8Array {
    return this.kernel.memory.read(frame * PAGE, PAGE, into);
  }

  #hurt(what: string, detail: string): void {
    if (this.#damage.length < MOST_DAMAGE) this.#damage.push({ what, detail });
  }

  #account(proc: Proc): void {
    const who = `process ${proc.pid}`;
    const trapframe = proc.trapframe === 0 ? -1 : frameAt(this.kernel.memory, proc.trapframe);
    if (trapframe >= this.#first) this.#role[trapframe] = (this.#role[trapframe] ?? 0) | TRAPFRAME;
    else if (proc.trapframe !== 0)
      this.#hurt(
        'the saved registers of a process are outside of the page frames',
        `${who}: ${hex(proc.trapframe)}`,
      );
    for (const frame of proc.owns) this.#role[frame] = (this.#role[frame] ?? 0) | OWNED;
    if (proc.root === 0) {
      this.#spaces.delete(proc.slot);
      return;
    }
    let space = this.#spaces.get(proc.slot);
    if (space === undefined)
      this.#spaces.set(proc.slot, (space = new Space(this.kernel.memory, this.#first)));
    space.read(proc.root, who);
    for (const damage of space.damage) this.#hurt(damage.what, damage.detail);
    for (let i = 0; i < space.tableCount; i++) {
      const frame = space.tables[i] as number;
      const role = this.#role[frame] as number;
      if ((role & TABLE) !== 0)
        this.#hurt(
          'a frame is a page table of two processes',
          `frame ${this.#number + frame} of ${who} and another`,
        );
      this.#role[frame] = role | TABLE;
    }
    for (let i = 0; i < space.count; i++) {
      const frame = space.frames[i] as number;
      const flags = space.flags[i] as number;
      this.#mapped[frame] = (this.#mapped[frame] as number) + 1;
      this.#held[frame] = (this.#held[frame] as number) + 1;
      if ((flags & USER) !== 0 && (flags & WRITE) !== 0)
        this.#writers[frame] = (this.#writers[frame] as number) + 1;
    }
  }

  /** The pages of a test process's layout: taken out of what others hold. */
  #show(test: TestProcess, state: ProcState, space: Space | undefined, into: Pages): Mapped {
    into.reserve(test.pages.length);
    into.pid = test.pid;
    into.state = state;
    into.count = 0;
    if (space === undefined) return into;
    for (let page = 0; page < test.pages.length; page++) {
      const va = test.pages[page] ?? -1;
      const leaf = va < 0 ? -1 : space.leaf(Math.floor(va / PAGE));
      if (leaf < 0) continue;
      const flags = space.flags[leaf] as number;
      if ((flags & USER) === 0) continue;
      const frame = space.frames[leaf] as number;
      const writable = (flags & WRITE) === 0 ? 0 : 1;
      this.#held[frame] = (this.#held[frame] as number) - 1;
      this.#writers[frame] = (this.#writers[frame] as number) - writable;
      if (test.counted[page] === true) this.#counted[frame] = 1;
      into.pages[into.count] = page;
      into.frames[into.count] = frame + this.#number;
      into.writable[into.count] = writable;
      into.executable[into.count++] = (flags & EXECUTE) === 0 ? 0 : 1;
    }
    return into;
  }

  #unaccounted(frame: number): boolean {
    return (
      this.#free !== undefined &&
      this.#free.mark[frame] === 0 &&
      this.#mapped[frame] === 0 &&
      this.#role[frame] === 0
    );
  }

  /** One pass over all frames. */
  #weigh(): { readonly used: number; readonly lost: readonly number[] } {
    const lost: number[] = [];
    let used = 0;
    if (!this.#hasBaseline && this.#free?.damage === undefined) this.rebase();
    const whole = this.#free !== undefined && this.#free.damage === undefined;
    const free = this.#free?.mark;
    for (let frame = this.#first; frame < this.#total; frame++) {
      const role = this.#role[frame] as number;
      const mapped = this.#mapped[frame] as number;
      const vacant = free !== undefined && free[frame] === 1;
      if (mapped === 0 && role === 0) {
        if (vacant) this.#baseline[frame] = 0;
        else if (whole && this.#baseline[frame] === 0) lost.push(frame + this.#number);
        continue;
      }
      // A word that looks like an address is no proof: the baseline stays as it is.
      if (role !== OWNED || mapped > 0) this.#baseline[frame] = 0;
      used += this.#counted[frame] as number;
      if (vacant || role !== 0 || mapped > 1) this.#check(frame, role, mapped, vacant);
    }
    return { used: used + lost.length, lost };
  }

  /** What cannot be right of a frame, beside the test pages, which are shown and judged elsewhere. */
  #check(frame: number, role: number, mapped: number, free: boolean): void {
    const name = `frame ${this.#number + frame}`;
    const held = this.#held[frame] as number;
    if (free && (role & TABLE) !== 0) this.#hurt('a page table in use is on the free list', name);
    if (free && (role & TRAPFRAME) !== 0)
      this.#hurt('the saved registers of a process are on the free list', name);
    else if (free && held > 0)
      this.#hurt('a mapped frame is on the free list', `${name} has ${mapped} page entries`);
    if ((role & TABLE) !== 0 && (mapped > 0 || (role & TRAPFRAME) !== 0))
      this.#hurt('a page table is also a page', `${name} has ${mapped} page entries`);
    if ((role & TRAPFRAME) !== 0 && mapped > 1)
      this.#hurt('the saved registers of a process are mapped twice', name);
    if (mapped > 1 && (this.#writers[frame] as number) > 0 && held > 0)
      this.#hurt(
        'a shared frame is writable outside of the test pages',
        `${name} has ${mapped} page entries`,
      );
  }
}
