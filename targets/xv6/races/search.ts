// The search: every race, every place to hold a hart, judged against the same two ops one after the other.
import { RigError } from '../../../spec/target.ts';
import type { Round } from './contest.ts';
import type { RaceOptions } from './booted.ts';
import type { Happening } from './happening.ts';
import { isBeside, Judge } from './judge.ts';
import { racesOf } from './plan.ts';
import { type Hold, type Kind, mirrored, nameOf, ordersOf, type Race, type Schedule } from './race.ts';
import { beyond, type Wrong } from './wrong.ts';

/** Times that a finding must come back. */
const CONFIRMATIONS = 2;
export interface RaceWishes {
  readonly preemptions: 1 | 2;
  readonly ops?: readonly Kind['op'][];
  /** Tried before all others. */
  readonly first?: readonly Schedule[];
  /** Milliseconds. */
  readonly time: number;
  /** Findings after which it ends. */
  readonly bail: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RaceProgress) => void;
  readonly progressEvery?: number;
  /** Called at once, and waited for. */
  readonly onFound?: (found: Found) => void | Promise<void>;
}

export interface RaceProgress {
  readonly seconds: number;
  readonly races: readonly [done: number, all: number];
  readonly schedules: number;
  readonly found: number;
}

/** A schedule that breaks what both orders of its ops keep. */
export interface Found {
  readonly schedule: Schedule;
  readonly wrong: Wrong;
  readonly happenings: readonly Happening[];
  readonly reproduced: { readonly times: number; readonly of: number };
}

export interface RaceResult {
  readonly verdict: 'race' | 'none' | 'inconclusive';
  readonly found: readonly Found[];
  /** Races tried to the end of what was asked, and all. */
  readonly races: readonly [done: number, all: number];
  /** Schedules run with one hart held, with both held. */
  readonly schedules: readonly [one: number, two: number];
  /** Schedules that the kernel never lets happen: the other hart always waits for a lock of processes, time or devices. */
  readonly keptApart: number;
  /** Schedules in which no hart came to where it was to be held. */
  readonly unreached: number;
  /** Races that were not tried, for the kernel dies of their ops, or goes wrong without memory, one after the other. */
  readonly untried: number;
  /** Races whose ops do wrong one after the other: what is wrong, and in how many. */
  readonly alone: ReadonlyMap<string, number>;
  /** Why it is inconclusive. */
  readonly why: readonly string[];
  readonly seconds: number;
  readonly boots: number;
  readonly counts: string;
}

/** Throws RigError where nothing could be judged at all. */
export async function searchRaces(options: RaceOptions, wishes: RaceWishes): Promise<RaceResult> {
  const search = new Search(options, wishes);
  try {
    return await search.run();
  } finally {
    await search.close();
  }
}

class Search {
  readonly #judge: Judge;
  readonly #wishes: RaceWishes;
  readonly #began = performance.now();
  readonly #found: Found[] = [];
  readonly #unsettled: string[] = [];
  readonly #alone = new Map<string, number>();
  #keptApart = 0;
  #unreached = 0;
  #untried = 0;
  #schedules: [number, number] = [0, 0];
  #told = 0;
  #races: [number, number] = [0, 0];

  constructor(options: RaceOptions, wishes: RaceWishes) {
    this.#judge = new Judge(options);
    this.#wishes = wishes;
  }

  close(): Promise<void> {
    return this.#judge.close();
  }

  async run(): Promise<RaceResult> {
    const races = racesOf(this.#wishes.ops);
    this.#races = [0, races.length * this.#wishes.preemptions];
    await this.#judge.contest.open();
    try {
      for (const schedule of this.#wishes.first ?? []) await this.#pinned(schedule);
      for (const held of [1, 2] as const)
        for (const race of held > this.#wishes.preemptions ? [] : races) {
          if (this.#isOver()) return this.#result();
          await this.#race(race, held);
          if (!this.#isOver()) this.#races[0]++;
        }
    } catch (cause) {
      // What was judged before the rig was lost stands.
      if (!(cause instanceof RigError) || (this.#schedules[0] === 0 && this.#found.length === 0)) throw cause;
      this.#unsettled.push(cause.message);
    }
    return this.#result();
  }

  #isOver(): boolean {
    const { time, bail, signal } = this.#wishes;
    return performance.now() - this.#began > time || this.#found.length >= bail || signal?.aborted === true;
  }

  async #pinned(schedule: Schedule): Promise<void> {
    if (this.#isOver()) return;
    for (const race of [schedule, mirrored(schedule)]) if ((await this.#control(race)) === undefined) return;
    if ((await this.#schedule(schedule)) === 'unreached')
      this.#unsettled.push(
        `${nameOf(schedule)}, kept as a regression: no hart came to ${shown(schedule.holds)}`,
      );
  }

  /** Every place to hold the first racer, or both. */
  async #race(race: Race, held: 1 | 2): Promise<void> {
    const control = await this.#control(race);
    const other = await this.#control(mirrored(race));
    if (control === undefined || other === undefined) return;
    if (held === 1)
      for (const { kind } of control.wrongs) this.#alone.set(kind, (this.#alone.get(kind) ?? 0) + 1);
    // A kernel that dies of one after the other tells nothing of both at once; one that goes wrong at the end of memory goes wrong
    // in another way when both are at once, and no lock would change that.
    if ([...control.wrongs, ...other.wrongs].some(({ rule }) => rule === 24 || race.outOfMemory)) {
      if (held === 1) this.#untried++;
      return;
    }
    const seconds = held === 1 ? [[]] : other.points.map(point => [point]);
    for (const first of control.points)
      for (const second of seconds) {
        if (this.#isOver()) return;
        if ((await this.#schedule({ ...race, holds: [first, ...second] })) === 'unreached') this.#unreached++;
        this.#schedules[held - 1] = (this.#schedules[held - 1] ?? 0) + 1;
        this.#tell();
      }
  }

  #tell(): void {
    const { onProgress, progressEvery = 1000 } = this.#wishes;
    const now = performance.now();
    if (onProgress === undefined || now - this.#told < progressEvery) return;
    this.#told = now;
    onProgress({
      seconds: (now - this.#began) / 1000,
      races: this.#races,
      schedules: this.#schedules[0] + this.#schedules[1],
      found: this.#found.length,
    });
  }

  async #control(race: Race): Promise<Round | undefined> {
    const round = await this.#judge.control(race);
    if (round === undefined) this.#unsettled.push(`${nameOf(race)} one after the other never ran to its end`);
    return round;
  }

  async #schedule(schedule: Schedule): Promise<'judged' | 'unreached' | 'unsettled'> {
    const round = await this.#judge.conclusive(schedule);
    if (round === undefined) {
      this.#unsettled.push(`${nameOf(schedule)} held at ${shown(schedule.holds)} never ran to its end`);
      return 'unsettled';
    }
    const wrongs = this.#judge.beyond(schedule, round.wrongs);
    if (wrongs.length > 0) await this.#confirm(schedule, round, wrongs);
    else if (!round.reached) return 'unreached';
    else if (isBeside(round)) this.#keptApart++;
    return 'judged';
  }

  /** The controls and the schedule again on a kernel just booted, and the schedule again on another. */
  async #confirm(schedule: Schedule, round: Round, wrongs: readonly Wrong[]): Promise<void> {
    const fresh: (readonly Wrong[])[] = [];
    for (const race of ordersOf(schedule)) {
      const control = await this.#judge.sequential(race, fresh.length === 0);
      if (control === undefined) {
        this.#unsettled.push(
          `${nameOf(race)} one after the other never ran to its end on a kernel just booted`,
        );
        return;
      }
      fresh.push(control.wrongs);
    }
    const [wrong] = beyond(wrongs, fresh);
    if (wrong === undefined) return;
    let times = 1;
    for (let i = 0; i < CONFIRMATIONS; i++) {
      const again = await this.#judge.conclusive(schedule, i > 0);
      const same = beyond(this.#judge.beyond(schedule, again?.wrongs ?? []), fresh);
      if (same.some(({ kind }) => kind === wrong.kind)) times++;
    }
    const reproduced = { times, of: 1 + CONFIRMATIONS };
    if (times <= CONFIRMATIONS) {
      this.#unsettled.push(
        `${nameOf(schedule)} held at ${shown(schedule.holds)}: ${wrong.kind}, but only ${times} of ${reproduced.of} times`,
      );
      return;
    }
    const found = { schedule, wrong, happenings: round.happenings, reproduced };
    this.#found.push(found);
    await this.#wishes.onFound?.(found);
  }

  #result(): RaceResult {
    const why = this.#unsettled.slice(0, 8);
    const [one, two] = this.#schedules;
    const [done, all] = this.#races;
    const seconds = (performance.now() - this.#began) / 1000;
    if (this.#found.length === 0) {
      if (done < all && this.#isOver())
        why.push(
          `in ${seconds.toFixed(0)} s ${one + two} schedules of ${done} of ${all} races were run: give it more time`,
        );
      else if (one + two === this.#unreached)
        why.push(
          `nothing was tried: in ${this.#untried} of ${all / this.#wishes.preemptions} races the kernel goes wrong when one op follows the other, and ${this.#unreached} schedules were never reached`,
        );
    }
    return {
      verdict: this.#found.length > 0 ? 'race' : why.length > 0 ? 'inconclusive' : 'none',
      found: this.#found,
      races: this.#races,
      schedules: this.#schedules,
      keptApart: this.#keptApart,
      unreached: this.#unreached,
      untried: this.#untried,
      alone: this.#alone,
      why,
      seconds,
      boots: this.#judge.contest.boots,
      counts: this.#judge.contest.counts?.symbol ?? 'unknown',
    };
  }
}

const shown = (holds: readonly Hold[]): string =>
  holds
    .map(({ touch, gate }) => (gate === 0 ? `access ${touch}` : `lock ${gate} after access ${touch}`))
    .join(', ');
