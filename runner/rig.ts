// One target in one world with its judges: runs a tape, judges every answer. The one loop.
import { ReferenceOracle } from '../model/oracle.ts';
import { Examiner, NO_SECTION, SHOWN } from '../properties/examiner.ts';
import { INVARIANTS } from '../properties/invariants.ts';
import { LiveTranscript } from '../properties/live.ts';
import { slice } from '../properties/shrink.ts';
import { WITNESSES } from '../properties/witnesses.ts';
import * as op from '../spec/op.ts';
import { OP_NAMES } from '../spec/op.ts';
import * as reply from '../spec/reply.ts';
import { rule } from '../spec/rule.ts';
import * as packed from '../spec/tape.ts';
import { pack, type Tape } from '../spec/tape.ts';
import {
  type Capabilities,
  type InspectWhen,
  roomOf,
  type Session,
  type Target,
  TargetDied,
} from '../spec/target.ts';
import * as transcript from '../spec/transcript.ts';
import { WRITE, type World } from '../spec/world.ts';
import { suspected } from './suspect.ts';
import type { Outcome } from './verdict.ts';
import type { Evidence } from '../spec/law.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { READ_OP } = op;
const { ABSENT, FOR_MEMORY, FOR_PROCESSES, KILLED, REFUSED, SUSPENDED, TAKEN } = reply;
const { STRIDE } = packed;
const { INJECTED, REPLY_STRIDE, SITE_SHIFT } = transcript;

/** Replies, a bit each: of ops that were not performed, and of those that may tell of a lack. */
const IDLE = (1 << ABSENT) | (1 << TAKEN) | (1 << SUSPENDED);
const LACK = (1 << REFUSED) | (1 << KILLED);

/** Rules that are broken where something does not go on: the system; a store that must be refused; one that may not be. */
const SYSTEM = 24;
const STUCK = 12;
const ALLOWED = 11;
const PROGRESS = [SYSTEM, STUCK, ALLOWED, 13];

/** What has been seen so far, over all runs of a rig or a campaign. */
export interface Tally {
  runs: number;
  /** Ops performed and judged; ops on absent, taken or suspended names do not count. */
  ops: number;
  readonly opHits: Float64Array;
  readonly ruleHits: Float64Array;
  readonly witnessHits: Map<string, number>;
  /** How often an injected failure fired at each allocation site. */
  readonly siteHits: Float64Array;
}

export class Rig {
  readonly session: Session;
  readonly world: World;
  readonly inspect: InspectWhen;
  readonly opHits = new Float64Array(OP_NAMES.length);
  /** The last run's answers: for digests and traces of a replay. */
  readonly seen: LiveTranscript;
  readonly siteHits = new Float64Array(64);
  runs = 0;
  ops = 0;

  readonly #oracle = new ReferenceOracle();
  #examiner: Examiner;
  #names: number;
  #used = false;
  #anew = false;
  /** Has a law been broken since the target was last started anew? */
  #damaged = false;

  /** The run under way: its tape, how many ops are judged, what was found, whether memory has just run out. */
  #tape: Tape | undefined;
  #judged = 0;
  #found: Outcome | undefined;
  #exhausted = false;
  /** Did the target die before the first op? */
  #unreached = false;

  private constructor(session: Session, world: World, inspect: InspectWhen) {
    this.session = session;
    this.world = world;
    this.inspect = inspect;
    this.#names = world.processes + 1;
    this.#examiner = this.#examine();
    this.seen = new LiveTranscript(this.#examiner.after, () => this.#section());
  }

  /** Opens `target` in `world`. Throws RigError if it cannot be had. */
  static async open(target: Target, world: World, inspect: 'each' | 'none' = 'each'): Promise<Rig> {
    const session = await target.open(world);
    const sees = Object.values(session.can.inspects).some(offered => offered);
    return new Rig(session, world, sees ? inspect : 'none');
  }

  get can(): Capabilities {
    return this.session.can;
  }

  get examiner(): Examiner {
    return this.#examiner;
  }

  /** Did the last run end before its first op, for the target died of being made ready? */
  get unreached(): boolean {
    return this.#unreached;
  }

  async close(): Promise<void> {
    await this.session.close(this.#damaged);
  }

  /** The next run begins on a target that is started anew: the last one may have damaged it. */
  renew(): void {
    this.#anew = true;
  }

  /** Runs `tape` from the initial state and judges it, op by op as the answers come. Throws RigError if the rig fails. */
  async run(tape: Tape): Promise<Outcome> {
    const { seen, session, inspect, can } = this;
    if (tape.names.length > this.#names) this.#makeRoom(tape.names.length);
    if (this.#used || this.#anew) await session.reset(this.#anew);
    this.#damaged &&= !this.#anew;
    this.#used = true;
    this.#anew = false;
    seen.clear();
    this.#tape = tape;
    this.#judged = 0;
    this.#found = undefined;
    this.#exhausted = false;
    this.#unreached = false;
    this.#oracle.reset(this.world, this.#names, can.dialect, roomOf(can), can.processes);
    this.#examiner.begin(this.#oracle.reference);
    this.#examiner.prepare();
    seen.view.open();
    let died: TargetDied | undefined;
    try {
      await session.run(tape, inspect, seen);
    } catch (cause) {
      // What was found before the rig failed stays found.
      if (!(cause instanceof TargetDied) && this.#found === undefined) throw cause;
      if (cause instanceof TargetDied) died = cause;
    }
    this.runs++;
    const outcome = this.#conclude(tape, died);
    this.#damaged ||= outcome.verdict !== 'held';
    return outcome;
  }

  /** A section has ended: section 0 shows the start, section i + 1 what op i did. */
  #section(): void {
    const i = this.seen.sections - 2;
    if (i < 0) this.#examiner.prepare();
    else if (this.#found === undefined) {
      if (this.#judged < i) this.#judgeUpTo(i);
      this.#judge(i, SHOWN);
    }
    this.seen.view.open();
  }

  /** Judges ops that came without an inspection, up to op number `end`. */
  #judgeUpTo(end: number): void {
    while (this.#judged < end && this.#found === undefined) this.#judge(this.#judged, NO_SECTION);
  }

  #judge(i: number, section: number): void {
    const { seen } = this;
    const tape = this.#tape;
    if (tape === undefined || i !== this.#judged || i >= tape.length || i >= seen.count) return;
    this.#judged = i + 1;
    const oracle = this.#oracle;
    const examiner = this.#examiner;
    const judgement = oracle.judge(tape, i, seen);
    const code = tape.words[i * STRIDE]!; // in range: i < length
    if (typeof judgement === 'object') {
      const invariant = judgement.invariant ?? `reply.${OP_NAMES[code]}`;
      this.#found = violated(tape, i, invariant, suspected(tape, i, judgement));
      return;
    }
    if (judgement === 'held') {
      examiner.hit(oracle.rule);
      if (code === READ_OP && oracle.rule === 2) this.#readBack(oracle.reference.processes);
    }
    this.#count(i, code);
    const breach = examiner.examine(tape, i, seen, section);
    if (breach !== undefined) this.#found = violated(tape, i, breach.invariant, breach.evidence);
    else examiner.prepare();
  }

  /** What op `i` adds to the tally. */
  #count(i: number, code: number): void {
    const { replies } = this.seen;
    const at = i * REPLY_STRIDE;
    const kind = 1 << replies[at]!;
    const flags = replies[at + 4]!;
    if ((flags & INJECTED) !== 0) {
      const site = (flags >> SITE_SHIFT) & 63;
      this.siteHits[site] = this.siteHits[site]! + 1;
    }
    if (this.#exhausted) this.#examiner.hit(24);
    this.#exhausted = (kind & LACK) !== 0 && lacks(replies[at]!, replies[at + 1]!);
    if ((kind & IDLE) !== 0) return;
    this.ops++;
    this.opHits[code] = this.opHits[code]! + 1;
  }

  #conclude(tape: Tape, died: TargetDied | undefined): Outcome {
    const answered = Math.min(this.seen.count, tape.length);
    this.#judgeUpTo(answered);
    if (this.#found !== undefined) return this.#found;
    if (died !== undefined) return this.#died(tape, died, answered);
    if (answered < tape.length)
      return { verdict: 'inconclusive', why: `${answered} of ${tape.length} ops were answered` };
    const breach = this.#examiner.sweep();
    if (breach !== undefined) return violated(tape, tape.length - 1, breach.invariant, breach.evidence);
    return { verdict: 'held' };
  }

  #died(tape: Tape, died: TargetDied, answered: number): Outcome {
    this.#unreached = died.at < 0;
    // Of no op, so any tape shows it: the one that says least.
    const shown = this.#unreached ? pack(this.world, [{ op: 'exit', by: 'A', status: 0 }]) : tape;
    const at = Math.min(Math.max(died.at, answered), shown.length - 1);
    const broken = died.rule === STUCK && this.#mayStore(shown, at) ? ALLOWED : died.rule;
    const lives = PROGRESS.includes(broken);
    return violated(shown, at, lives ? 'progress.target-lives' : 'target.examined', {
      rule: broken,
      required: broken === SYSTEM ? 'the system goes on whatever a process does' : rule(broken).statement,
      found: died.message,
      because: this.#unreached
        ? 'the thing under test did not live to see an op: making it ready was enough.'
        : lives
          ? 'the thing under test stopped answering at this op.'
          : 'what examines the target found this when the run was over, or before.',
      ...(died.culprit !== undefined && { culprit: died.culprit }),
    });
  }

  /** May who performs op `at`, by the state before it, store where it goes? */
  #mayStore(tape: Tape, at: number): boolean {
    const { layout, permission, spaceOf } = this.#oracle.reference;
    const [, by = 0, page = 0] = tape.words.subarray(at * STRIDE, (at + 1) * STRIDE);
    const space = spaceOf[by] ?? -1;
    return (
      space >= 0 && page < layout.pages && ((permission[space * layout.pages + page] ?? 0) & WRITE) !== 0
    );
  }

  /** A tape that names more processes than any before. */
  #makeRoom(names: number): void {
    this.#names = names;
    const { ruleHits, witnessHits } = this.#examiner;
    this.#examiner = this.#examine();
    this.#examiner.ruleHits.set(ruleHits);
    this.#examiner.witnessHits.set(witnessHits);
    this.seen.view = this.#examiner.after;
  }

  /** What a right read shows beside rule 2, when there are relatives who might have spoilt it. */
  #readBack(processes: number): void {
    if (processes < 2) return;
    this.#examiner.hit(1);
    this.#examiner.hit(4);
    this.#examiner.hit(9);
    if (processes > 2) this.#examiner.hit(3);
  }

  #examine(): Examiner {
    return new Examiner(
      this.world,
      this.#names,
      this.session.can,
      this.inspect === 'each',
      INVARIANTS,
      WITNESSES,
    );
  }

  /** Adds what this rig has seen to `tally` and starts counting anew. */
  drainInto(tally: Tally): void {
    tally.runs += this.runs;
    tally.ops += this.ops;
    this.runs = 0;
    this.ops = 0;
    add(tally.opHits, this.opHits);
    add(tally.siteHits, this.siteHits);
    add(tally.ruleHits, this.#examiner.ruleHits);
    this.#examiner.witnesses.forEach((witness, i) => {
      tally.witnessHits.set(
        witness.id,
        (tally.witnessHits.get(witness.id) ?? 0) + (this.#examiner.witnessHits[i] ?? 0),
      );
    });
    this.#examiner.witnessHits.fill(0);
  }
}

/** Does this reply tell of a lack of memory or of processes? */
function lacks(kind: number, why: number): boolean {
  return why === FOR_MEMORY || (kind === REFUSED && why === FOR_PROCESSES);
}

function add(sum: Float64Array, part: Float64Array): void {
  for (let i = 0; i < sum.length; i++) sum[i] = (sum[i] ?? 0) + (part[i] ?? 0);
  part.fill(0);
}

function violated(tape: Tape, at: number, invariant: string, evidence: Evidence): Outcome {
  return {
    verdict: 'violated',
    violation: { invariant, evidence, at, tape: slice(tape, index => index <= at) },
  };
}

/** An empty tally. */
export function newTally(): Tally {
  return {
    runs: 0,
    ops: 0,
    opHits: new Float64Array(OP_NAMES.length),
    ruleHits: new Float64Array(64),
    witnessHits: new Map(),
    siteHits: new Float64Array(64),
  };
}
