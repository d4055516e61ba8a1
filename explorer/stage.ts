// A machine, the reference and the judges in one state: performs an op, goes back, and says which state it is in.
import type { CowMachine } from '../model/cow/machine.ts';
import { showStart } from '../model/cow/show.ts';
import { ReferenceOracle } from '../model/oracle.ts';
import { type Eager, INIT } from '../model/reference/eager.ts';
import { type Breach, Examiner, SHOWN } from '../properties/examiner.ts';
import { INVARIANTS } from '../properties/invariants.ts';
import { LiveTranscript } from '../properties/live.ts';
import { signatureOf } from '../properties/signature.ts';
import { type Evidence, NONE, type Witness } from '../spec/law.ts';
import { OTHER } from '../properties/alphabet.ts';
import { isBirth, OP_NAMES } from '../spec/op.ts';
import { Room } from '../spec/room.ts';
import { nameOf, STRIDE, type Tape } from '../spec/tape.ts';
import { type Capabilities, roomOf } from '../spec/target.ts';
import type { Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';
import { type Mark, Marks } from './marks.ts';

export type MachineMaker = new (world: World, names: number, room?: Room) => CowMachine;

/**
 * What a rig does with a whole tape, one op at a time and with full inspection. A history that has broken a law is over:
 * go back before the next op.
 */
export class Stage {
  readonly names: number;
  readonly machine: CowMachine;
  readonly #world: World;
  readonly #oracle = new ReferenceOracle();
  readonly #examiner: Examiner;
  readonly #seen: LiveTranscript;
  readonly #marks: Marks;
  readonly #op: Int32Array;
  readonly #tape: Tape;
  readonly #orphans: boolean;
  #allocationsBefore = 0;
  /** The law that the last op broke, until the stage goes back. A history is judged op by op: what the evidence says of earlier ones is not to be used. */
  breach: Breach | undefined;

  /** `witnesses`: what to look out for on the way. `orphans`: every process is a child of init. */
  constructor(
    world: World,
    machine: MachineMaker,
    can: Capabilities,
    witnesses: readonly Witness[] = [],
    orphans = false,
  ) {
    this.#orphans = orphans;
    this.#world = world;
    this.names = world.processes + 1;
    const room = new Room();
    this.machine = new machine(world, this.names, room);
    this.#examiner = new Examiner(world, this.names, can, true, INVARIANTS, witnesses);
    this.#op = new Int32Array(STRIDE);
    this.#tape = {
      world,
      names: Array.from({ length: this.names }, (_, p) => nameOf(p)),
      words: this.#op,
      length: 1,
    };
    this.#oracle.reset(world, this.names, can.dialect, roomOf(can), can.processes, room);
    this.#examiner.begin(this.#oracle.reference);
    const view = this.#examiner.after;
    this.#seen = new LiveTranscript(view, () => {});
    view.open();
    showStart(this.machine, this.#seen);
    view.settle();
    this.machine.forget();
    this.#marks = new Marks([this.machine, this.#oracle.reference, view], [...room.blocks, ...view.blocks]);
  }

  /** Performs one packed op; the signature of the law that it breaks by its answer or by what it changed, if it breaks one. */
  perform(letter: Int32Array): string | undefined {
    return this.#sign(this.#judge(letter));
  }

  /** The same of the state it led to: compares every page of every process. The state decides, whichever op led there. */
  sweep(): string | undefined {
    return this.#sign(this.#examiner.sweep());
  }

  #sign(breach: Breach | undefined): string | undefined {
    this.breach = breach;
    return breach === undefined ? undefined : signatureOf(breach.invariant, breach.evidence.rule);
  }

  #judge(letter: Int32Array): Breach | undefined {
    const seen = this.#seen;
    const oracle = this.#oracle;
    const examiner = this.#examiner;
    this.#op.set(letter);
    seen.clear();
    this.#allocationsBefore = this.machine.memory.allocations;
    examiner.prepare();
    examiner.after.open();
    this.machine.forget();
    try {
      this.machine.step(this.#op, 0, seen);
    } catch (cause) {
      return { invariant: 'progress.target-lives', evidence: died(cause) };
    }
    seen.changes(this.machine);
    const judgement = oracle.judge(this.#tape, 0, seen);
    if (typeof judgement === 'object')
      return {
        invariant: judgement.invariant ?? `reply.${OP_NAMES[letter[0] ?? 0]}`,
        evidence: judgement,
      };
    if (this.#orphans) this.#disown(letter[0]!, letter[OTHER]!);
    return examiner.examine(this.#tape, 0, seen, SHOWN);
  }

  /** Nobody waits: a child is init's from the start, which reaps it at once. */
  #disown(code: number, child: number): void {
    if (!isBirth(code) || this.#oracle.reference.state[child] === NONE) return;
    this.machine.parent[child] = INIT;
    this.#oracle.reference.parent[child] = INIT;
  }

  /** A mark of the present state; `into`: one that nobody needs any more. */
  save(into: Mark = this.#marks.blank()): Mark {
    this.#marks.take(into);
    return into;
  }

  restore(mark: Mark): void {
    this.#marks.put(mark);
    this.breach = undefined;
  }

  /** Is the present state that of `mark`, bit by bit? */
  stands(mark: Mark): boolean {
    return this.#marks.matches(mark);
  }

  /** How many allocations the last op tried. */
  get allocations(): number {
    return this.machine.memory.allocations - this.#allocationsBefore;
  }

  /** Is a failure waiting for its allocation? */
  get armed(): boolean {
    return this.machine.memory.armed > 0;
  }

  /** Did it fire in the last op? */
  get fired(): boolean {
    return this.machine.memory.fired;
  }

  /** Does this process exist, for the machine or for the reference? */
  exists(process: number): boolean {
    return this.machine.state[process] !== NONE || this.#oracle.reference.state[process] !== NONE;
  }

  /** Pins in use, for the machine or for the reference. */
  get handles(): readonly number[] {
    const { pinBlock } = this.#oracle.reference;
    return [...pinBlock.keys()].filter(handle => pinBlock[handle]! >= 0 || this.machine.pinned[handle]! >= 0);
  }

  /** Can it act at all: is it alive and awake, for one of them? */
  acts(process: number): boolean {
    return awake(this.machine, process) || awake(this.#oracle.reference, process);
  }

  get world(): World {
    return this.#world;
  }

  get reference(): Eager {
    return this.#oracle.reference;
  }

  /** Who examines: it counts premises and witnesses. */
  get examiner(): Examiner {
    return this.#examiner;
  }

  /** What the last op was answered. */
  get seen(): Transcript {
    return this.#seen;
  }
}

function died(cause: unknown): Evidence {
  return {
    rule: 24,
    required: 'the machine lives',
    found: cause instanceof Error ? cause.message : String(cause),
    because: 'It threw in the middle of the op.',
  };
}

function awake(
  of: { readonly state: Readonly<Uint8Array>; readonly suspendedBy: Readonly<Int32Array> },
  process: number,
): boolean {
  return of.state[process] === 1 && (of.suspendedBy[process] ?? -1) < 0;
}
