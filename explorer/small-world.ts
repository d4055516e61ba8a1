// A small world as a space of states: the real machine, the real reference and the judges, forward and back.
import { alphabetOf, type Grain } from '../properties/alphabet.ts';
import type { Breach } from '../properties/examiner.ts';
import { WITNESSES } from '../properties/witnesses.ts';
import { describeReply } from '../spec/answer.ts';
import * as op from '../spec/op.ts';
import { describeOp, nameOf, STRIDE, type Tape, unpack } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { Canon, type Symmetries } from './canon.ts';
import { Branches } from './branches.ts';
import { Hash } from './hash.ts';
import type { Mark } from './marks.ts';
import { Moves } from './moves.ts';
import { portrait } from './portrait.ts';
import { type MachineMaker, Stage } from './stage.ts';
import type { MoveWords, Walkable, WalkState } from './walkable.ts';

export interface SmallWorldOptions {
  readonly world: World;
  readonly machine: MachineMaker;
  readonly can: Capabilities;
  readonly grain: Grain;
  /** Names that mean nothing; absent: a state is all that machine, reference and judges remember, bit by bit. */
  readonly symmetries?: Symmetries;
  /** Is every process a child of init, which waits for it at once? For worlds in which nobody waits. */
  readonly orphans?: boolean;
}

export class SmallWorld implements Walkable<Mark> {
  readonly stage: Stage;
  readonly most: number;
  readonly triedOps = new Float64Array(op.OP_NAMES.length);
  readonly branches: Branches;
  idle = false;
  same = false;
  readonly #start: Mark;
  readonly #moves: Moves;
  /** Names that mean nothing here; undefined: a state is compared bit by bit. */
  readonly symmetries: Symmetries | undefined;
  readonly #options: SmallWorldOptions;
  readonly #canon: Canon | undefined;
  readonly #naming: (symmetries: Symmetries) => Canon;
  readonly #tidies: boolean;
  /** Where the next move is made, if there is a mark of it. */
  #base: Mark | undefined;
  /** Most allocations that a move from the present state made, of those that were tried. */
  #allocated = 0;
  readonly #scratch: Mark;
  readonly #hash: Hash;

  static async of(options: SmallWorldOptions): Promise<SmallWorld> {
    return new SmallWorld(options, await Hash.load());
  }

  private constructor(options: SmallWorldOptions, hash: Hash) {
    const { world, machine, can, grain, symmetries, orphans = false } = options;
    this.#options = options;
    this.symmetries = symmetries;
    this.stage = new Stage(world, machine, can, WITNESSES, orphans);
    this.#start = this.stage.save();
    this.#scratch = this.stage.save();
    this.#moves = new Moves(this.stage, alphabetOf(world, can.ops, grain, can.advice));
    this.most = this.#moves.most;
    this.branches = new Branches(this.stage);
    this.#tidies = symmetries?.frames === false;
    this.#hash = hash;
    this.#naming = chosen =>
      new Canon(
        this.stage.machine,
        this.stage.reference,
        {
          symmetries: chosen,
          values: grain.coarse === true ? grain.values.map(value => value & 255) : [],
        },
        hash,
      );
    this.#canon = symmetries === undefined ? undefined : this.#naming(symmetries);
  }

  start(): void {
    this.restore(this.#start);
  }

  moves(into: Int32Array, left: number): number {
    this.#allocated = 0;
    return this.#moves.list(into, !this.stage.armed && left > 1);
  }

  make(move: number): string | undefined {
    const { stage } = this;
    const { armed } = stage;
    const base = this.#base;
    this.#base = undefined;
    const packed = this.#moves.op(move);
    this.branches.before(packed);
    const broke = stage.perform(packed);
    // Failures are tried last, when it is known how late one can strike.
    if (packed[0] === op.FAILALLOC) this.idle = packed[1]! > this.#allocated;
    else this.idle = armed && !stage.fired;
    if (!armed) this.#allocated = Math.max(this.#allocated, stage.allocations);
    if (this.#tidies) stage.machine.memory.tidy();
    this.same = broke === undefined && base !== undefined && stage.stands(base);
    return broke === undefined && !this.same ? stage.sweep() : broke;
  }

  tried(move: number, broke: string | undefined): void {
    const packed = this.#moves.op(move);
    this.triedOps[packed[0]!] = this.triedOps[packed[0]!]! + 1;
    if (broke === undefined) this.branches.after();
  }

  save(into?: Mark): Mark {
    this.#base = this.stage.save(into);
    return this.#base;
  }

  restore(mark: Mark): void {
    this.stage.restore(mark);
    this.#base = mark;
  }

  fingerprint(words: Uint32Array): void {
    if (this.#canon !== undefined) this.#canon.fingerprint(words);
    else this.#hash.write(this.stage.save(this.#scratch).bytes, words);
  }

  /** The same world under other symmetries. */
  async without(symmetries: Symmetries): Promise<SmallWorld> {
    return SmallWorld.of({ ...this.#options, symmetries });
  }

  /** What writes the fingerprint that the present state has under other symmetries. */
  under(symmetries: Symmetries): (words: Uint32Array) => void {
    const canon = this.#naming(symmetries);
    return words => canon.fingerprint(words);
  }

  /** The packed op of a move here and now; the array is used again. */
  op(move: number): Int32Array {
    return this.#moves.op(move);
  }

  /** A tape of this world without ops. */
  get blank(): Tape {
    const { world } = this.stage;
    const names = Array.from({ length: world.processes + 1 }, (_, p) => nameOf(p));
    return { world, names, words: new Int32Array(0), length: 0 };
  }

  words(move: number): MoveWords {
    const one = unpack({ ...this.blank, words: this.op(move), length: 1 }, 0);
    const values = op.OPS[one.op].fields.map(
      ({ name }) => (one as Readonly<Record<string, string | number | undefined>>)[name],
    );
    return {
      text: describeOp(one),
      step: [one.op, ...values.filter(value => value !== undefined)].join('.'),
    };
  }

  describe(): WalkState {
    // A reply that breaks a law is not adopted: the reference stands where it stood before.
    const { breach } = this;
    const behind = breach !== undefined && /^(reply|progress)\./.test(breach.invariant);
    return portrait(this.stage, !behind);
  }

  get answer(): string {
    const { seen } = this.stage;
    return seen.count === 0 ? '(not answered)' : describeReply(this.blank.names, seen, 0);
  }

  get breach(): Breach | undefined {
    return this.stage.breach;
  }

  get laws(): number {
    return this.stage.examiner.invariants.length;
  }

  /** The history that `moves` make, as a tape. */
  tape(moves: readonly number[]): Tape {
    const words = new Int32Array(moves.length * STRIDE);
    this.start();
    moves.forEach((move, i) => {
      words.set(this.#moves.op(move), i * STRIDE);
      this.make(move);
    });
    return { ...this.blank, words, length: moves.length };
  }
}
