// A search: regressions first, then random tapes until the budget ends; every violation is saved, re-run, shrunk.
import { mix } from '../properties/generator/dice.ts';
import type { Profile } from '../properties/generator/profile.ts';
import type { Advice, OpName } from '../spec/op.ts';
import { STRIDE, type Tape } from '../spec/tape.ts';
import type { RacesTried, RacingTarget } from '../spec/race.ts';
import { type Capabilities, RigError } from '../spec/target.ts';
import { tapeOf, type Trace } from '../spec/trace.ts';
import { REPLY_STRIDE } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { Digest } from './digest.ts';
import { type Counterexample, Findings } from './findings.ts';
import { Investigation } from './investigation.ts';
import { Lanes } from './lanes.ts';
import { unaskable } from './offered.ts';
import { Racing } from './racing.ts';
import { newTally, type Rig, type Tally } from './rig.ts';
import { BREATH } from './budget.ts';
import type { Store } from './store.ts';
import { failing, fired, SWEPT_SHARE } from './sweep.ts';
import { Sparing } from './sparing.ts';
import { type Outcome, type Verdict } from './verdict.ts';

export interface CampaignOptions {
  /** If it can hold its processors, a third of the time goes to that, one pass at most. */
  readonly target: RacingTarget;
  /** What to search: a profile and the worlds to try it in. */
  readonly fields: readonly { readonly profile: Profile; readonly world: World }[];
  readonly seed: number;
  /** Stop after so many tapes (a failure sweep runs one many times), or so many milliseconds; at least one of them. */
  readonly runs?: number;
  readonly time?: number;
  readonly maxOps: number;
  /** Ops to use; absent: all the target offers. */
  readonly ops?: readonly OpName[];
  /** Advice to use; absent: all that its madvise takes. */
  readonly advice?: readonly Advice[];
  readonly inspect: 'full' | 'none';
  /** Do runs `index`, `index + count`, … only. `index` from 0. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Stop after so many distinct findings. */
  readonly bail: number;
  /** Milliseconds to shrink each finding; 0: do not. */
  readonly shrinkTime: number;
  /** Everything unhit makes the search inconclusive. */
  readonly requireAll?: boolean;
  /** Known counterexamples, run first. */
  readonly regressions?: readonly { readonly path: string; readonly trace: Trace }[];
  readonly store?: Store;
  readonly signal?: AbortSignal;
  /** Called at most every `progressEvery` ms. */
  readonly onProgress?: (progress: Progress) => void;
  readonly progressEvery?: number;
  readonly onFound?: (counterexample: Counterexample) => void;
  /** Hears of a finding that could not be saved, and why. The search goes on. */
  readonly onUnsaved?: (trace: Trace, why: string) => void;
}

export interface Progress {
  readonly target: string;
  readonly seconds: number;
  readonly runs: number;
  readonly ops: number;
  readonly opsHit: readonly [hit: number, of: number];
  readonly rulesHit: readonly [hit: number, of: number];
  /** Seconds since something was hit for the first time. */
  readonly sinceNew: number;
  readonly violations: number;
  /** While races are looked for: schedules tried. */
  readonly schedules?: number;
}

export interface CampaignResult extends Coverage {
  readonly verdict: Verdict;
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
  readonly ops: number;
  readonly seconds: number;
  readonly counterexamples: readonly Counterexample[];
  /** Failure sweeps: how many tapes, and how many allocations failed in turn. */
  readonly sweeps: { readonly tapes: number; readonly failures: number };
  /** The search for races, where the target offers one. */
  readonly races?: RacesTried;
  /** Of all tapes and replies, in order: equal digests mean the same search saw the same answers. */
  readonly digest: string;
  readonly identity: Readonly<Record<string, string>>;
  /** What the target could not be asked, in sentences. */
  readonly leftOut: readonly string[];
  /** Why the verdict is inconclusive; empty otherwise. */
  readonly why: readonly string[];
  readonly interrupted: boolean;
}

/** A failure sweep ends after so many violations that were known: the others would be of the same. */
const ENOUGH = 3;

/** Runs a campaign. Throws RigError only if the rig fails before the first run; findings are never thrown. */
export async function campaign(options: CampaignOptions): Promise<CampaignResult> {
  const search = new Search(options);
  try {
    return await search.run();
  } finally {
    await search.close();
  }
}

class Search {
  readonly #options: CampaignOptions;
  readonly #lanes: Lanes;
  readonly #sparing = new Sparing();
  readonly #tally: Tally = newTally();
  readonly #findings: Findings;
  readonly #investigation: Investigation;
  readonly #racing: Racing;
  readonly #started = performance.now();
  readonly #why: string[] = [];
  readonly #sweeps = { tapes: 0, failures: 0 };
  /** The next run. */
  #run: number;
  #newAt = 0;
  #hitBefore = 0;

  constructor(options: CampaignOptions) {
    this.#options = options;
    this.#run = options.shard?.index ?? 0;
    this.#findings = new Findings(options);
    this.#investigation = new Investigation(options, this.#findings);
    this.#racing = new Racing(options, this.#findings);
    this.#lanes = new Lanes(options, this.#tally);
  }

  async run(): Promise<CampaignResult> {
    const options = this.#options;
    const digest = await Digest.start();
    const note = (tape: Tape, rig: Rig): void => {
      digest.add(tape.words, tape.length * STRIDE);
      digest.add(rig.seen.replies, rig.seen.count * REPLY_STRIDE);
    };
    try {
      await this.#regressions();
      if (await this.#random(note)) {
        await this.#races();
        await this.#random(note);
      }
      // A budget too small for one run: whether the target can be had at all is still worth knowing.
      if (this.#lanes.can === undefined) await this.#lanes.at(0);
    } catch (cause) {
      if (!(cause instanceof RigError)) throw cause;
      this.#lanes.drain();
      if (this.#tally.runs === 0 && this.#findings.all.length === 0) throw cause;
      this.#why.push(`the rig failed: ${cause.message}`);
    }
    this.#lanes.drain();
    const { can } = this;
    const coverage = coverageOf(this.#tally, can, this.#lanes.ops, options.inspect === 'full');
    const found = this.#findings.all;
    this.#why.push(...this.#investigation.unconfirmed, ...this.#racing.unconfirmed);
    const interrupted = options.signal?.aborted ?? false;
    if (found.length === 0 && this.#why.length === 0) {
      this.#why.push(...coverage.vacuous);
      if (options.requireAll === true) this.#why.push(...coverage.unhit.map(name => `${name} was never hit`));
    }
    return {
      verdict: found.length > 0 ? 'violated' : this.#why.length > 0 ? 'inconclusive' : 'held',
      target: options.target.name,
      seed: options.seed,
      runs: this.#tally.runs,
      ops: this.#tally.ops,
      seconds: this.#seconds(),
      ...coverage,
      counterexamples: found,
      sweeps: this.#sweeps,
      digest: digest.text(),
      identity: can.identity,
      leftOut: [...can.leftOut, ...this.#racing.leftOut],
      ...(this.#racing.tried === undefined ? {} : { races: this.#racing.tried }),
      why: found.length > 0 ? [] : this.#why,
      interrupted,
    };
  }

  get can(): Capabilities {
    const { can } = this.#lanes;
    if (can === undefined)
      throw new RigError('no-session', 'no session was opened', 'give the search a larger budget');
    return can;
  }

  async close(): Promise<void> {
    await this.#lanes.close();
  }

  #seconds(): number {
    return (performance.now() - this.#started) / 1000;
  }

  /** Has the budget ended, is it the turn of races, or did somebody call a halt? */
  #over(): boolean {
    return this.#ended(this.#racing.turn ?? this.#options.time);
  }

  /** Are `time` milliseconds over, or did somebody call a halt? */
  #ended(time = Number.POSITIVE_INFINITY): boolean {
    const { signal, bail } = this.#options;
    return (
      performance.now() - this.#started >= time ||
      (signal?.aborted ?? false) ||
      this.#findings.all.length >= bail
    );
  }

  /** The turn of races, where there is one: as long as it takes, though shrinking may have used up the time. */
  async #races(): Promise<void> {
    if (this.#racing.turn === undefined || this.#ended()) return;
    await this.#lanes.close();
    await this.#racing.run(({ schedules }) => this.#report(schedules));
  }

  async #regressions(): Promise<void> {
    for (const { path, trace } of this.#options.regressions ?? []) {
      if (this.#ended(this.#options.time)) return;
      if (trace.schedule !== undefined) continue;
      const rig = await this.#lanes.open(trace.world);
      try {
        const tape = tapeOf(trace);
        const unasked = unaskable(tape, rig.can);
        const outcome: Outcome =
          unasked === undefined ? await rig.run(tape) : { verdict: 'inconclusive', why: unasked };
        rig.drainInto(this.#tally);
        if (outcome.verdict === 'violated') await this.#investigation.known(path, outcome.violation, rig.can);
        else if (outcome.verdict === 'inconclusive') this.#why.push(`${path}: ${outcome.why}`);
      } finally {
        await rig.close();
      }
    }
  }

  /** Goes on with the runs until the budget ends or it is another's turn. False: nothing more can be said. */
  async #random(note: (tape: Tape, rig: Rig) => void): Promise<boolean> {
    const { runs = Number.POSITIVE_INFINITY, seed, shard, fields } = this.#options;
    let next = performance.now() + (this.#options.progressEvery ?? 3000);
    let breath = performance.now();
    while (this.#run < runs && !this.#over()) {
      const run = this.#run;
      this.#run += shard?.count ?? 1;
      const index = (mix(seed + Math.imul(run, 0x9e3779b1)) >>> 0) % fields.length;
      const lane = await this.#lanes.at(index);
      const sweeps = lane.sweeper !== undefined && (mix(run) >>> 0) % SWEPT_SHARE === 0;
      const written = (sweeps ? lane.sweeper : lane.writer).write(seed, run);
      const tape = this.#sparing.spare(written, run, this.#lanes.endable);
      const outcome = await lane.rig.run(tape);
      note(tape, lane.rig);
      if (outcome.verdict !== 'held' && !(await this.#lookAfter(outcome, lane.rig))) return false;
      if (sweeps) {
        this.#sweeps.tapes++;
        for (let nth = 1, known = 0; known < ENOUGH && !this.#over(); nth++) {
          const failed = this.#sparing.spare(failing(tape, nth), run, this.#lanes.endable);
          const then = await lane.rig.run(failed);
          note(failed, lane.rig);
          if (then.verdict === 'violated' && this.#investigation.knows(then.violation)) known++;
          if (then.verdict !== 'held' && !(await this.#lookAfter(then, lane.rig))) return false;
          if (!fired(lane.rig.seen)) break;
          this.#sweeps.failures++;
        }
      }
      const now = performance.now();
      if (now >= next) {
        next = now + (this.#options.progressEvery ?? 3000);
        this.#report();
      }
      if (now - breath > BREATH) {
        await new Promise(resolve => setImmediate(resolve));
        breath = performance.now();
      }
    }
    return true;
  }

  /** What a run has found that did not hold. False: nothing more can be said, the search ends. */
  async #lookAfter(outcome: Outcome, rig: Rig): Promise<boolean> {
    if (outcome.verdict === 'violated') {
      this.#lanes.drain();
      const { violation } = outcome;
      rig.renew();
      const { unreached } = rig;
      const shortest = this.#investigation.knows(violation)
        ? undefined
        : await this.#investigation.investigate(violation, rig.can, rig.world);
      this.#sparing.blame(violation, shortest);
      // Started anew it would die of the same before every op.
      if (unreached && this.#investigation.knows(violation)) return false;
    } else if (outcome.verdict === 'inconclusive') {
      this.#why.push(outcome.why);
      return false;
    }
    return true;
  }

  #report(schedules?: number): void {
    this.#lanes.drain();
    const { target, inspect, onProgress } = this.#options;
    if (onProgress === undefined) return;
    const coverage = coverageOf(this.#tally, this.can, this.#lanes.ops, inspect === 'full');
    const count = (hits: Readonly<Record<string, number>>): readonly [number, number] => {
      const all = Object.values(hits);
      return [all.filter(n => n > 0).length, all.length];
    };
    const opsHit = count(coverage.opsHit);
    const rulesHit = count(coverage.rulesHit);
    const hit = opsHit[0] + rulesHit[0] + count(coverage.witnesses)[0];
    if (hit > this.#hitBefore) this.#newAt = performance.now();
    this.#hitBefore = hit;
    onProgress({
      target: target.name,
      seconds: this.#seconds(),
      runs: this.#tally.runs,
      ops: this.#tally.ops,
      opsHit,
      rulesHit,
      sinceNew: (performance.now() - this.#newAt) / 1000,
      violations: this.#findings.all.length,
      ...(schedules === undefined ? {} : { schedules }),
    });
  }
}
