// A target that goes back as a space of states: judged op by op, and told apart by what can be seen of it.
import { ReferenceOracle } from '../model/oracle.ts';
import { alphabetOf, type Grain } from '../properties/alphabet.ts';
import { Examiner, NO_SECTION } from '../properties/examiner.ts';
import { INVARIANTS } from '../properties/invariants.ts';
import { signatureOf } from '../properties/signature.ts';
import { WITNESSES } from '../properties/witnesses.ts';
import { ALIVE, NONE } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { Room } from '../spec/room.ts';
import { nameOf, STRIDE, type Tape } from '../spec/tape.ts';
import { RigError, roomOf, TargetDied } from '../spec/target.ts';
import { INJECTED, Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';
import { symmetriesOf } from './bounds.ts';
import { Hash } from './hash.ts';
import { likeness } from './likeness.ts';
import { type Mark as Kept, Marks } from './marks.ts';
import { type Cast, Moves } from './moves.ts';
import type { Rewindable } from './rewindable.ts';
import type { Space } from './space.ts';

export interface RewoundOptions<Mark> {
  readonly world: World;
  readonly target: Rewindable<Mark>;
  readonly ops: readonly op.OpName[];
  readonly grain: Grain;
  /** Do names of processes mean nothing? Default: where that is so. */
  readonly symmetry?: boolean;
}

export interface RewoundMark<Mark> {
  readonly target: Mark;
  readonly reference: Kept;
  readonly armed: number;
  /** The state as text. */
  readonly likeness: string;
}

export class RewoundWorld<Mark> implements Space<RewoundMark<Mark>>, Cast {
  readonly most: number;
  readonly names: number;
  readonly triedOps = new Float64Array(op.OP_NAMES.length);
  readonly examiner: Examiner;
  idle = false;
  readonly #world: World;
  readonly #target: Rewindable<Mark>;
  readonly #options: RewoundOptions<Mark>;
  readonly #oracle = new ReferenceOracle();
  readonly #seen = new Transcript();
  readonly #tape: Tape;
  readonly #moves: Moves;
  readonly #hash: Hash;
  /** Of the reference. */
  readonly #marks: Marks;
  readonly #start: RewoundMark<Mark>;
  /** Do names of its processes mean nothing? */
  readonly alike: boolean;
  /** The allocation from now that will fail; 0: none. */
  #armed = 0;

  static async of<Mark>(options: RewoundOptions<Mark>): Promise<RewoundWorld<Mark>> {
    return new RewoundWorld(options, await Hash.load());
  }

  private constructor(options: RewoundOptions<Mark>, hash: Hash) {
    const { world, target, ops, grain } = options;
    const { can } = target;
    this.#options = options;
    this.#hash = hash;
    this.#world = world;
    this.#target = target;
    this.names = world.processes + 1;
    this.alike = symmetriesOf({ ops, processes: world.processes }).processes;
    this.#tape = { ...this.blank, words: new Int32Array(STRIDE), length: 1 };
    this.examiner = new Examiner(world, this.names, can, target.shows, INVARIANTS, WITNESSES);
    const room = new Room();
    this.#oracle.reset(world, this.names, can.dialect, roomOf(can), can.processes, room);
    this.#marks = new Marks([this.#oracle.reference], room.blocks);
    target.begin(world, this.#seen);
    this.#look();
    this.#moves = new Moves(this, alphabetOf(world, ops, grain, can.advice));
    this.most = this.#moves.most;
    this.#start = this.save();
  }

  start(): void {
    this.restore(this.#start);
  }

  moves(into: Int32Array, left: number): number {
    return this.#moves.list(into, this.#armed === 0 && left > 1);
  }

  make(move: number): string | undefined {
    const armed = this.#armed > 0;
    const { words } = this.#tape;
    words.set(this.#moves.op(move));
    const seen = this.#seen;
    seen.clear();
    this.#armed = words[0] === op.FAILALLOC ? words[1]! : 0;
    try {
      this.#target.step(this.#tape, seen);
    } catch (cause) {
      if (cause instanceof TargetDied) return signatureOf('progress.target-lives', cause.rule);
      throw cause;
    }
    this.idle = armed && ((seen.replies[4] ?? 0) & INJECTED) === 0;
    const { examiner } = this;
    examiner.prepare();
    const judgement = this.#oracle.judge(this.#tape, 0, seen);
    if (typeof judgement === 'object')
      return signatureOf(judgement.invariant ?? `reply.${op.OP_NAMES[words[0] ?? 0]}`, judgement.rule);
    if (judgement === 'held') examiner.hit(this.#oracle.rule);
    const section = this.#target.shows ? 0 : NO_SECTION;
    const breach = examiner.examine(this.#tape, 0, seen, section) ?? examiner.sweep();
    return breach === undefined ? undefined : signatureOf(breach.invariant, breach.evidence.rule);
  }

  tried(move: number): void {
    const code = this.#moves.op(move)[0]!;
    this.triedOps[code] = this.triedOps[code]! + 1;
  }

  save(): RewoundMark<Mark> {
    const target = this.#target.save();
    const likeness = this.#likeness(target);
    const reference = this.#marks.blank();
    this.#marks.take(reference);
    return { target, reference, armed: this.#armed, likeness };
  }

  /** Throws RigError if the target is not as it was. */
  restore(mark: RewoundMark<Mark>): void {
    this.#marks.put(mark.reference);
    this.#armed = mark.armed;
    this.#back(mark.target);
    if (this.#likeness(mark.target) === mark.likeness) return;
    throw new RigError(
      'own-restore',
      `${this.#target.name}: after restore it does not look as it did when it was saved`,
      'let save() copy all that the object remembers, and restore(saved) copy it back: the saved is used again, so it must stay as it is',
    );
  }

  fingerprint(words: Uint32Array): void {
    this.#hash.write(Buffer.from(this.#likeness(this.#target.save())), words);
  }

  /** The fingerprint under which names of processes mean nothing. */
  representative(words: Uint32Array): void {
    this.#hash.write(Buffer.from(this.#likeness(this.#target.save(), this.alike)), words);
  }

  /** Does a process of this number live, or has it ended and was not waited for? */
  exists(process: number): boolean {
    return this.#oracle.reference.state[process] !== NONE;
  }

  acts(process: number): boolean {
    const { state, suspendedBy } = this.#oracle.reference;
    return state[process] === ALIVE && suspendedBy[process]! < 0;
  }

  get handles(): readonly number[] {
    return [];
  }

  /** A tape of this world without ops. */
  get blank(): Tape {
    const names = Array.from({ length: this.names }, (_, p) => nameOf(p));
    return { world: this.#world, names, words: new Int32Array(0), length: 0 };
  }

  /** The history that `moves` make, as a tape. */
  tape(moves: readonly number[]): Tape {
    const words = new Int32Array(moves.length * STRIDE);
    this.start();
    moves.forEach((move, i) => {
      words.set(this.#moves.op(move), i * STRIDE);
      if (i + 1 < moves.length) this.make(move);
    });
    return { ...this.blank, words, length: moves.length };
  }

  /** Begins to examine what section 0 shows. */
  #look(): void {
    this.examiner.begin(this.#oracle.reference, this.#target.shows ? this.#seen : undefined);
  }

  /** What can be seen of it in its present state, which is `mark`. To read is to act: it goes back. */
  #likeness(mark: Mark, processes = this.#options.symmetry ?? this.alike): string {
    const target = this.#target;
    const read = new Map<number, readonly (ArrayLike<number> | string)[]>();
    for (let p = 0; p < this.names; p++)
      if (this.#oracle.reference.state[p] === ALIVE) read.set(p, target.bytesOf(p, this.#world));
    this.#back(mark);
    const { reference } = this.#oracle;
    const fingerprint = (of: readonly number[]): string | undefined => target.fingerprint(of);
    const sight = { reference, view: this.examiner.after, names: this.names, read, fingerprint };
    return `${this.#armed};${likeness(sight, processes)}`;
  }

  /** The target goes back, and is looked at anew. */
  #back(mark: Mark): void {
    this.#seen.clear();
    this.#target.restore(mark, this.#seen);
    this.#look();
  }
}
