// Every interleaving of the steps of a kernel, as a space to search.
import { StepMachine } from '../model/steps/machine.ts';
import { INTERLEAVED_LAWS } from '../properties/interleaved/laws.ts';
import { signatureOf } from '../properties/signature.ts';
import {
  INTERLEAVED_OPS,
  type InterleavedOp,
  type InterleavedStep,
  type InterleavingScope,
} from '../spec/interleaving.ts';
import type { Evidence } from '../spec/law.ts';
import { hashInto, Representative } from './representative.ts';
import type { Space } from './space.ts';

export type StepMachineMaker = new (scope: InterleavingScope, ops: readonly InterleavedOp[]) => StepMachine;

export interface InterleavingOptions {
  readonly scope: InterleavingScope;
  /** Absent: all. */
  readonly ops?: readonly InterleavedOp[];
  /** Absent: the right kernel. */
  readonly machine?: StepMachineMaker;
  /** Take states for one that differ only in names of frames, processors and spaces. Default: yes. */
  readonly symmetry?: boolean;
  /** Find, among the shortest histories, the one with the fewest switches between processors. Up to `cpus` times the states. */
  readonly lightest?: boolean;
}

/** How often each step, each op and the premise of each law came up: 0 means that nothing was shown of it. */
export interface InterleavingHits {
  readonly steps: Readonly<Record<string, number>>;
  readonly laws: Readonly<Record<string, number>>;
}

export class InterleavingSpace implements Space<Uint8Array> {
  readonly machine: StepMachine;
  readonly #representative: Representative;
  readonly #symmetric: boolean;
  readonly #lightest: boolean;
  readonly #plain: Uint8Array;
  readonly #signatures = INTERLEAVED_LAWS.map(({ id, rule }) => signatureOf(id, rule));
  readonly #names: readonly string[];
  readonly #stepHits: Float64Array;
  readonly #lawHits = new Float64Array(INTERLEAVED_LAWS.length);
  /** The processor that moved last + 1; 0: nobody yet. */
  #last = 0;
  #switched = 0;
  #kind = 0;
  /** Of the last move, a bit for each law whose premise was there. */
  #premises = 0;

  constructor(options: InterleavingOptions) {
    const {
      scope,
      ops = INTERLEAVED_OPS,
      machine = StepMachine,
      symmetry = true,
      lightest = false,
    } = options;
    this.machine = new machine(scope, ops);
    this.#symmetric = symmetry;
    this.#lightest = lightest;
    this.#representative = new Representative(scope, this.machine.spare.length);
    this.#plain = new Uint8Array(4 * Math.ceil((this.machine.bytes.length + 1) / 4));
    this.#names = this.machine.names;
    this.#stepHits = new Float64Array(this.#names.length);
  }

  get most(): number {
    return this.machine.most;
  }

  start(): void {
    this.machine.start();
    this.#last = 0;
  }

  moves(into: Int32Array): number {
    return this.machine.moves(into);
  }

  make(move: number): string | undefined {
    const { machine } = this;
    const cpu = machine.cpuOf(move) + 1;
    this.#kind = machine.kindOf(move);
    this.#switched = this.#last === 0 || this.#last === cpu ? 0 : 1;
    this.#last = cpu;
    machine.make(move);
    this.#premises = 0;
    for (let i = 0; i < INTERLEAVED_LAWS.length; i++) {
      const judgement = INTERLEAVED_LAWS[i]!.judge(machine);
      if (judgement === 'idle') continue;
      this.#premises |= 1 << i;
      if (judgement !== 'held') return this.#signatures[i];
    }
    return undefined;
  }

  tried(): void {
    this.#stepHits[this.#kind]!++;
    for (let i = 0; i < this.#lawHits.length; i++) if ((this.#premises & (1 << i)) !== 0) this.#lawHits[i]!++;
  }

  /** One for each time that another processor goes on. */
  weigh(): number {
    return this.#switched;
  }

  save(): Uint8Array {
    const { bytes } = this.machine;
    const mark = new Uint8Array(bytes.length + 1);
    mark.set(bytes);
    mark[bytes.length] = this.#last;
    return mark;
  }

  restore(mark: Uint8Array): void {
    const { bytes } = this.machine;
    for (let i = 0; i < bytes.length; i++) bytes[i] = mark[i]!;
    this.#last = mark[bytes.length]!;
  }

  fingerprint(words: Uint32Array): void {
    if (this.#symmetric) this.representative(words);
    else this.identity(words);
  }

  /** 64 bits of the state as it is. */
  identity(words: Uint32Array): void {
    this.#plain.set(this.machine.bytes);
    this.#plain[this.machine.bytes.length] = this.#lightest ? this.#last : 0;
    hashInto(this.#plain, words);
  }

  /** 64 bits of the one state that stands for all that are like it. */
  representative(words: Uint32Array): void {
    hashInto(this.#representative.of(this.machine, this.#lightest ? this.#last : 0), words);
  }

  get hits(): InterleavingHits {
    return {
      steps: Object.fromEntries(this.#names.map((name, i) => [name, this.#stepHits[i]!])),
      laws: Object.fromEntries(INTERLEAVED_LAWS.map(({ id }, i) => [id, this.#lawHits[i]!])),
    };
  }
}

/** The space of all interleavings in this scope. */
export function interleavings(options: InterleavingOptions): InterleavingSpace {
  return new InterleavingSpace(options);
}

/** A history, step by step, with the law that it breaks at its end. */
export interface InterleavedHistory {
  readonly scope: InterleavingScope;
  readonly steps: readonly InterleavedStep[];
  readonly broken: (Evidence & { readonly invariant: string }) | undefined;
}

/** Performs the moves that a search of `interleavings(options)` found once more, to be shown. */
export function replayed(options: InterleavingOptions, moves: readonly number[]): InterleavedHistory {
  const { scope, ops = INTERLEAVED_OPS, machine: maker = StepMachine } = options;
  const machine = new maker(scope, ops);
  const steps = moves.map((move): InterleavedStep => {
    const before = machine.copy();
    const name = machine.nameOf(move);
    machine.make(move);
    return { cpu: machine.cpuOf(move), name, before, after: machine.copy() };
  });
  for (const { id, judge } of INTERLEAVED_LAWS) {
    const judgement = judge(machine);
    if (typeof judgement === 'object') return { scope, steps, broken: { ...judgement, invariant: id } };
  }
  return { scope, steps, broken: undefined };
}
