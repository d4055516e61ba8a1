// The part of a search in which two ops happen at once, one processor held on purpose: where a target can do that.
import type { RaceProgress, RacesTried, RacingTarget } from '../spec/race.ts';
import type { OpName } from '../spec/op.ts';
import { RigError } from '../spec/target.ts';
import type { Trace } from '../spec/trace.ts';
import type { Findings } from './findings.ts';

export interface RacingOptions {
  readonly target: RacingTarget;
  readonly inspect: 'full' | 'none';
  readonly time?: number;
  readonly ops?: readonly OpName[];
  readonly shard?: { readonly index: number; readonly count: number };
  readonly bail: number;
  readonly regressions?: readonly SavedRace[];
  readonly signal?: AbortSignal;
  readonly progressEvery?: number;
}

interface SavedRace {
  readonly path: string;
  readonly trace: Trace;
}

/** Its part of the time of a search. Before it comes as much of runs, and no more milliseconds of them than these. */
const SHARE = 1 / 3;
const BEFORE = 30_000;
/** Milliseconds, many times what one pass takes, for a search that is given runs and no time. */
const LONGEST = 600_000;

export class Racing {
  /** What was tried; undefined: nothing, and `leftOut` says why, or the target offers none. */
  tried: RacesTried | undefined;
  readonly leftOut: string[] = [];
  /** Sentences about races that did not come back: never a finding, never nothing. */
  readonly unconfirmed: string[] = [];
  readonly #options: RacingOptions;
  readonly #findings: Findings;
  readonly #kept: readonly SavedRace[];
  #due: boolean;

  constructor(options: RacingOptions, findings: Findings) {
    const { target, inspect, regressions = [] } = options;
    this.#options = options;
    this.#findings = findings;
    this.#kept = regressions.filter(({ trace }) => trace.schedule !== undefined);
    this.#due = target.races !== undefined && inspect === 'full';
    if (target.races !== undefined && inspect === 'none')
      this.leftOut.push(
        'races were not looked for: they are judged by frames, which --inspect none passes over',
      );
    if (target.races === undefined && this.#kept.length > 0)
      this.leftOut.push(
        `${this.#kept.length} of the regressions are races and were not run: they need a kernel on more than one hart (--smp 3)`,
      );
  }

  /** Milliseconds after which it is its turn; undefined: it has had it, or is not offered. Infinite: after all runs. */
  get turn(): number | undefined {
    const { time } = this.#options;
    if (!this.#due) return undefined;
    return time === undefined ? Number.POSITIVE_INFINITY : Math.min(time * SHARE, BEFORE);
  }

  /** One pass of all schedules, or as much of it as its time allows. */
  async run(onProgress: (progress: RaceProgress) => void): Promise<void> {
    const { target, time, ops, shard, bail, signal, progressEvery } = this.#options;
    this.#due = false;
    try {
      this.tried = await target.races?.({
        preemptions: 1,
        time: time === undefined ? LONGEST : time * SHARE,
        bail: bail - this.#findings.all.length,
        first: this.#kept.map(({ trace }) => trace),
        ...(ops === undefined ? {} : { ops }),
        ...(shard === undefined ? {} : { shard }),
        ...(signal === undefined ? {} : { signal }),
        ...(progressEvery === undefined ? {} : { progressEvery }),
        onProgress,
        onFound: ({ trace, story }) => this.#findings.add(trace, { race: story }),
      });
    } catch (cause) {
      if (!(cause instanceof RigError)) throw cause;
      this.leftOut.push(`races were not looked for: ${cause.message}`);
    }
    this.unconfirmed.push(...(this.tried?.unconfirmed ?? []).map(what => `a race: ${what}`));
    const unsettled = this.tried?.unsettled ?? [];
    if (unsettled[0] !== undefined)
      this.leftOut.push(
        `${unsettled.length === 1 ? 'one race was' : `${unsettled.length} races were`} not judged: ${unsettled[0]}`,
      );
  }
}
