// Every interleaving of the steps of a kernel, as a space to search.
import { StepMachine } from '../model/steps/machine.ts';
import type { InterleavedLaw } from '../properties/interleaved/law.ts';
import { INTERLEAVED_LAWS } from '../properties/interleaved/laws.ts';
import { signatureOf } from '../properties/signature.ts';
import {
  INTERLEAVED_OPS,
  type InterleavedHistory,
  type InterleavedOp,
  type InterleavedStep,
  type InterleavingScope,
} from '../spec/interleaving.ts';
import { hashInto, Representative } from './representative.ts';
import type { Packing, Space } from './space.ts';

export type StepMachineMaker = new (scope: InterleavingScope, ops: readonly InterleavedOp[]) => StepMachine;

export interface InterleavingOptions {
  readonly scope: InterleavingScope;
  /** Absent: all. */
  readonly ops?: readonly InterleavedOp[];
  /** Absent: the right kernel. */
  readonly machine?: StepMachineMaker;
  /** Absent: all. */
  readonly laws?: readonly InterleavedLaw[];
  /** Take states for one that differ only in names of frames, processors and spaces. Default: yes. */
  readonly symmetry?: boolean;
  /** Find, among the shortest histories, the one with the fewest switches between processors. Up to `cpus` times the states. */
  readonly lightest?: boolean;
}

/** How often each op, each step and the premise of each law came up. */
export interface InterleavingHits {
  readonly ops: Readonly<Record<string, number>>;
  readonly steps: Readonly<Record<string, number>>;
  readonly laws: Readonly<Record<string, number>>;
  /** Those that never did: nothing was shown of them. */
  readonly never: readonly string[];
}

export class InterleavingSpace implements Space<Uint8Array> {
  readonly machine: StepMachine;
  readonly packing: Packing;
  readonly #representative: Representative;
  readonly #symmetric: boolean;
  readonly #lightest: boolean;
  readonly #plain: Uint8Array;
  readonly #laws: readonly InterleavedLaw[];
  readonly #signatures: readonly string[];
  readonly #opHits: Float64Array;
  readonly #stepHits: Float64Array;
  readonly #lawHits: Float64Array;
  /** The processor that moved last + 1; 0: nobody yet. */
  #last = 0;
  #switched = 0;
  /** Of the last move, its places among the ops and the steps. */
  #op = -1;
  #step = -1;
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
    this.#laws = options.laws ?? INTERLEAVED_LAWS;
    this.#signatures = this.#laws.map(({ id, rule }) => signatureOf(id, rule));
    this.#lawHits = new Float64Array(this.#laws.length);
    this.#symmetric = symmetry;
    this.#lightest = lightest;
    this.#representative = new Representative(scope, this.machine.spare.length);
    this.#plain = new Uint8Array(4 * Math.ceil((this.machine.bytes.length + 1) / 4));
    const { bytes } = this.machine;
    this.packing = {
      bytes: bytes.length + 1,
      write: (into, at) => {
        for (let i = 0; i < bytes.length; i++) into[at + i] = bytes[i]!;
        into[at + bytes.length] = this.#last;
      },
      read: (from, at) => {
        for (let i = 0; i < bytes.length; i++) bytes[i] = from[at + i]!;
        this.#last = from[at + bytes.length]!;
      },
    };
    this.#opHits = new Float64Array(this.machine.ops.length);
    this.#stepHits = new Float64Array(this.machine.code.names.length);
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
    this.#op = machine.opOf(move);
    this.#step = machine.stepOf(move);
    this.#switched = this.#last === 0 || this.#last === cpu ? 0 : 1;
    this.#last = cpu;
    machine.make(move);
    this.#premises = 0;
    const laws = this.#laws;
    for (let i = 0; i < laws.length; i++) {
      const judgement = laws[i]!.judge(machine);
      if (judgement === 'idle') continue;
      this.#premises |= 1 << i;
      if (judgement !== 'held') return this.#signatures[i];
    }
    return undefined;
  }

  tried(): void {
    if (this.#op >= 0) this.#opHits[this.#op]!++;
    if (this.#step >= 0) this.#stepHits[this.#step]!++;
    for (let i = 0; i < this.#lawHits.length; i++) if ((this.#premises & (1 << i)) !== 0) this.#lawHits[i]!++;
  }

  /** One for each time that another processor goes on. */
  weigh(): number {
    return this.#switched;
  }

  save(): Uint8Array {
    const mark = new Uint8Array(this.packing.bytes);
    this.packing.write(mark, 0);
    return mark;
  }

  restore(mark: Uint8Array): void {
    this.packing.read(mark, 0);
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
    const { ops, code } = this.machine;
    const counted = (names: readonly string[], hits: Readonly<Float64Array>): Record<string, number> =>
      Object.fromEntries(names.map((name, i) => [name, hits[i]!]));
    const hits = {
      ops: counted(ops, this.#opHits),
      steps: counted(code.names, this.#stepHits),
      laws: counted(
        this.#laws.map(({ id }) => id),
        this.#lawHits,
      ),
    };
    const never = Object.values(hits).flatMap(kind => Object.keys(kind).filter(name => kind[name] === 0));
    return { ...hits, never };
  }
}

/** The space of all interleavings in this scope. */
export function interleavings(options: InterleavingOptions): InterleavingSpace {
  return new InterleavingSpace(options);
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
  for (const { id, judge } of options.laws ?? INTERLEAVED_LAWS) {
    const judgement = judge(machine);
    if (typeof judgement === 'object') return { scope, steps, broken: { ...judgement, invariant: id } };
  }
  return { scope, steps, broken: undefined };
}
