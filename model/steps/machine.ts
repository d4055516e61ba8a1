// The machine cut into micro-steps: what each processor can do next, and what it does to frames, page tables and caches.
import {
  DEAD,
  Interleaving,
  type InterleavedOp,
  type InterleavingScope,
  LIVE,
  TO_DISCARD,
  TO_EXEC,
  TO_EXIT,
  TO_FORK,
  TO_PIN,
  TO_READ,
  TO_UNPIN,
  TO_WRITE,
  WRITABLE,
  entryTo,
  frameOf,
} from '../../spec/interleaving.ts';
import { type Action, actionsOf, ENTER, FILL, RUN, STORE } from './actions.ts';
import { Code } from './code.ts';
import { ROUTINES_IN_ORDER } from './kernel.ts';
import type { Routine, Routines } from './step.ts';

/** Codes of moves below this are steps of the kernel, each the frame it is given. */
const FRAMES = 16;

/**
 * One move is one step of one processor. In user mode: fill the translation cache from the page table, store through it,
 * trap, begin an op (which does its first step), or run another space. In the kernel: the step it is at.
 * A mutant overrides the routines, or what one step does.
 */
export class StepMachine extends Interleaving {
  readonly actions: readonly Action[];
  /** Codes a processor has: move = processor * codes + code. */
  readonly codes: number;
  /** What there is to do in user mode, by name. */
  readonly ops: readonly string[];
  readonly code: Code;
  readonly #opOfAction: readonly number[];

  constructor(scope: InterleavingScope, ops: readonly InterleavedOp[], spares = 0) {
    super(scope, spares);
    this.actions = actionsOf(scope, ops);
    this.codes = FRAMES + this.actions.length;
    this.ops = [...new Set(this.actions.map(({ name }) => name))];
    this.#opOfAction = this.actions.map(({ name }) => this.ops.indexOf(name));
    this.code = new Code(this.routines());
    this.start();
  }

  /** The orders of steps that this kernel has. */
  routines(): Routines {
    return ROUTINES_IN_ORDER;
  }

  /** A has its pages, each in a frame of its own that reads 0, and a thread on as many processors as it may. */
  start(): void {
    const { cpus, pages, frames, threads } = this.scope;
    this.bytes.fill(0);
    this.free.fill(1, 0, frames);
    this.content.fill(this.garbage, 0, frames);
    this.count[this.zero] = 1;
    this.life[0] = LIVE;
    for (let p = 0; p < pages; p++) {
      this.take(p);
      this.content[p] = 0;
      this.entry[p] = entryTo(p, WRITABLE);
    }
    this.running.fill(1, 0, Math.min(cpus, threads));
  }

  /** Most moves that a state can have. */
  get most(): number {
    return this.scope.cpus * (FRAMES + this.actions.length);
  }

  moves(into: Int32Array): number {
    const { cpus } = this.scope;
    let n = 0;
    for (let cpu = 0; cpu < cpus; cpu++) {
      const base = cpu * this.codes;
      if (this.at[cpu] !== 0) {
        const step = this.code.steps[this.at[cpu]!]!;
        if (step.ready !== undefined && !step.ready(this, cpu)) continue;
        if (step.allocates) n = this.#gifts(base, into, n);
        else into[n++] = base;
      } else
        for (let a = 0; a < this.actions.length; a++)
          if (this.#can(cpu, this.actions[a]!)) into[n++] = base + FRAMES + a;
    }
    return n;
  }

  make(move: number): void {
    const cpu = Math.trunc(move / this.codes);
    const code = move % this.codes;
    if (code < FRAMES) this.#advance(cpu, code);
    else {
      const action = this.actions[code - FRAMES]!;
      const place = (this.running[cpu]! - 1) * this.scope.pages + action.page;
      if (action.kind === FILL) this.cached[this.#slot(cpu, action.page)] = this.entry[place]!;
      else if (action.kind === STORE) {
        this.content[frameOf(this.cached[this.#slot(cpu, action.page)]!)] = action.value;
        this.reference[place] = action.value;
      } else if (action.kind === RUN) this.switchTo(cpu, action.space);
      else {
        this.op[cpu] = action.op;
        this.page[cpu] = action.page;
        this.value[cpu] = action.value;
        this.at[cpu] = this.code.begin(action.op);
        this.#advance(cpu, this.zero);
      }
    }
  }

  /** The processor that `move` is of. */
  cpuOf(move: number): number {
    return Math.trunc(move / this.codes);
  }

  /** What of user mode a move is, as a place in `ops`; -1 for a step of the kernel. */
  opOf(move: number): number {
    const code = move % this.codes;
    return code < FRAMES ? -1 : this.#opOfAction[code - FRAMES]!;
  }

  /** The step that a move does here, as a place in the names of the code: an op begins with its first. -1 if it stays in user mode. */
  stepOf(move: number): number {
    const code = move % this.codes;
    if (code < FRAMES) return this.code.kinds[this.at[this.cpuOf(move)]!]!;
    const { kind, op } = this.actions[code - FRAMES]!;
    return kind === ENTER ? this.code.kinds[this.code.begin(op)]! : -1;
  }

  nameOf(move: number): string {
    const names = [this.ops[this.opOf(move)], this.code.names[this.stepOf(move)]];
    return names.filter(name => name !== undefined).join(': ');
  }

  override waits(cpu: number): boolean {
    const step = this.code.steps[this.at[cpu]!]!;
    return this.at[cpu] !== 0 && step.ready !== undefined && !step.ready(this, cpu);
  }

  /** Of a free frame: somebody's from now on. */
  take(frame: number): void {
    this.free[frame] = 0;
    this.count[frame] = 1;
  }

  drop(frame: number): void {
    if (this.count[frame] === 0 || this.free[frame] === 1) this.mishap[0] = 1;
    else if (--this.count[frame]! === 0) this.release(frame);
  }

  release(frame: number): void {
    if (this.free[frame] === 1) this.mishap[0] = 1;
    this.free[frame] = 1;
    this.content[frame] = this.garbage;
  }

  flush(cpu: number): void {
    this.cached.fill(0, this.#slot(cpu, 0), this.#slot(cpu + 1, 0));
  }

  unpin(place: number): void {
    const frame = this.pinned[place]! - 1;
    this.pinned[place] = 0;
    this.drop(frame);
  }

  bury(space: number): void {
    const { pages } = this.scope;
    this.life[space] = DEAD;
    this.reference.fill(0, space * pages, (space + 1) * pages);
  }

  /** Runs another space, or none: nothing that was cached stays. */
  switchTo(cpu: number, space: number): void {
    this.running[cpu] = space;
    this.flush(cpu);
  }

  toUser(cpu: number): void {
    this.at[cpu] = 0;
    this.op[cpu] = 0;
    this.page[cpu] = 0;
    this.value[cpu] = 0;
    this.old[cpu] = 0;
    this.fresh[cpu] = 0;
    this.child[cpu] = 0;
    this.seen[cpu] = 0;
  }

  /** Goes on with step `index` of a routine. */
  jump(cpu: number, routine: Routine, index = 0): void {
    this.at[cpu] = this.code.start(routine) + index;
  }

  /** No frame was there: a fork is undone, anything else given up. */
  refuse(cpu: number): void {
    this.old[cpu] = 0;
    this.jump(cpu, this.op[cpu] === TO_FORK ? 'forkUndo' : 'userTail');
  }

  /** Goes back for the next page; false if there is none. */
  again(cpu: number): boolean {
    if (this.page[cpu]! + 1 >= this.scope.pages) return false;
    this.page[cpu]!++;
    this.at[cpu] = this.code.turn(this.op[cpu]!);
    return true;
  }

  /** Nothing to do for this page: the next, or the last step. */
  skip(cpu: number): void {
    const op = this.op[cpu]!;
    if (op === TO_DISCARD || !this.again(cpu)) this.at[cpu] = this.code.last(op);
  }

  childPlace(cpu: number): number {
    return (this.child[cpu]! - 1) * this.scope.pages + this.page[cpu]!;
  }

  /** Is no other processor in this space? Exec and exit wait until the other threads are gone. */
  #alone(cpu: number): boolean {
    for (let other = 0; other < this.scope.cpus; other++)
      if (other !== cpu && this.running[other] === this.running[cpu]) return false;
    return true;
  }

  #slot(cpu: number, page: number): number {
    return cpu * this.scope.pages + page;
  }

  #advance(cpu: number, frame: number): void {
    const here = this.at[cpu]!;
    this.at[cpu] = here + 1;
    this.code.steps[here]!.perform(this, cpu, frame);
    this.at[cpu] = this.code.settle(this.at[cpu], this.op[cpu]!);
  }

  /** A move for each free frame that something still refers to, and one for the lowest of the others, which are all alike. */
  #gifts(base: number, into: Int32Array, begin: number): number {
    let referred = 0;
    for (const entry of this.entry) referred |= 1 << (entry & 0x7f);
    for (const translation of this.cached) referred |= 1 << (translation & 0x7f);
    for (const frame of this.pinned) referred |= 1 << frame;
    for (let cpu = 0; cpu < this.at.length; cpu++)
      referred |= (1 << this.old[cpu]!) | (1 << this.fresh[cpu]!);
    let n = begin;
    let others = false;
    for (let frame = 0; frame < this.zero; frame++) {
      if (this.free[frame] === 0) continue;
      const known = (referred & (1 << (frame + 1))) !== 0;
      if (!known && others) continue;
      if (!known) others = true;
      into[n++] = base + frame;
    }
    if (n === begin) into[n++] = base + this.zero;
    return n;
  }

  #can(cpu: number, action: Action): boolean {
    const running = this.running[cpu]!;
    if (action.kind === RUN) {
      if (action.space === running) return false;
      return action.space === 0 || (this.life[action.space - 1] === LIVE && this.#mayEnter(action.space));
    }
    if (running === 0) return false;
    const cached = this.cached[this.#slot(cpu, action.page)]!;
    const place = (running - 1) * this.scope.pages + action.page;
    const entry = this.entry[place]!;
    if (action.kind === FILL) return cached === 0 && entry !== 0;
    if (action.kind === STORE) return (cached & WRITABLE) !== 0;
    const first = this.code.steps[this.code.begin(action.op)]!;
    if (first.ready !== undefined && !first.ready(this, cpu)) return false;
    switch (action.op) {
      case TO_READ:
        return cached === 0 && entry === 0;
      case TO_WRITE:
        return cached === 0 ? (entry & WRITABLE) === 0 : (cached & WRITABLE) === 0;
      case TO_FORK:
        return this.life.includes(DEAD);
      case TO_EXEC:
      case TO_EXIT:
        return this.#alone(cpu);
      case TO_DISCARD:
        return entry !== 0;
      case TO_PIN:
        return this.pinned[place] === 0;
      case TO_UNPIN:
        return this.pinned[place] !== 0;
      default:
        return true;
    }
  }

  #mayEnter(space: number): boolean {
    let threads = 0;
    for (const running of this.running) if (running === space) threads++;
    return threads < this.scope.threads;
  }
}
