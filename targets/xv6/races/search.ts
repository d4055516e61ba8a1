// The search: every race, every place to hold a hart, judged against the same two ops one after the other.
import type { RacesTried, RaceWishes } from '../../../spec/race.ts';
import { RigError } from '../../../spec/target.ts';
import type { Round } from './contest.ts';
import type { RaceOptions } from './booted.ts';
import { isBeside, Judge } from './judge.ts';
import { racesOf } from './plan.ts';
import {
  type Hold,
  type Kind,
  mirrored,
  nameOf,
  ordersOf,
  type Race,
  RACING,
  type Schedule,
} from './race.ts';
import { mistakeOf, told } from './story.ts';
import { scheduleOf } from './trace.ts';
import { beyond, type Wrong } from './wrong.ts';

/** Times that a finding must come back. */
const CONFIRMATIONS = 2;

/** Throws RigError where nothing could be judged at all, TraceError where one of `first` is no race. */
export async function searchRaces(options: RaceOptions, wishes: RaceWishes): Promise<RacesTried> {
  const search = new Search(options, wishes);
  try {
    return await search.run();
  } finally {
    await search.close();
  }
}

class Search {
  readonly #options: RaceOptions;
  readonly #judge: Judge;
  readonly #wishes: RaceWishes;
  readonly #ops: readonly Kind['op'][];
  readonly #first: readonly Schedule[];
  readonly #began = performance.now();
  /** Rules broken and how, a name each: what more is wrong of one kind is not told again. */
  readonly #known = new Set<string>();
  readonly #unconfirmed: string[] = [];
  readonly #unsettled: string[] = [];
  readonly #alone = new Map<string, number>();
  #keptApart = 0;
  #unreached = 0;
  #untried = 0;
  #schedules: [number, number] = [0, 0];
  #told = 0;
  #races: [number, number] = [0, 0];

  constructor(options: RaceOptions, wishes: RaceWishes) {
    this.#options = options;
    this.#judge = new Judge(options);
    this.#wishes = wishes;
    this.#ops = RACING.filter(op => wishes.ops?.includes(op) ?? true);
    this.#first = (wishes.first ?? []).map(scheduleOf);
  }

  close(): Promise<void> {
    return this.#judge.close();
  }

  async run(): Promise<RacesTried> {
    if (this.#ops.length === 0)
      throw new RigError(
        'races-no-ops',
        'none of the ops asked for can race',
        `ask for some of these: --ops ${RACING.join(',')}`,
      );
    const { index, count } = this.#wishes.shard ?? { index: 0, count: 1 };
    const races = racesOf(this.#ops).filter((_, i) => i % count === index);
    this.#races = [0, races.length * this.#wishes.preemptions];
    await this.#judge.contest.open();
    try {
      for (const schedule of this.#first) await this.#pinned(schedule);
      for (const held of [1, 2] as const)
        for (const race of held > this.#wishes.preemptions ? [] : races) {
          if (this.#isOver()) return this.#result();
          await this.#race(race, held);
          if (!this.#isOver()) this.#races[0]++;
        }
    } catch (cause) {
      // What was judged before the rig was lost stands.
      if (!(cause instanceof RigError) || (this.#schedules[0] === 0 && this.#known.size === 0)) throw cause;
      this.#unsettled.push(cause.message);
    }
    return this.#result();
  }

  #isOver(): boolean {
    const { time, bail, signal } = this.#wishes;
    return performance.now() - this.#began > time || this.#known.size >= bail || signal?.aborted === true;
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
      found: this.#known.size,
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
    const [wrong] = wrongs;
    if (wrong !== undefined) {
      if (!this.#known.has(kindOf(schedule, round, wrong))) await this.#confirm(schedule, round, wrongs);
    } else if (!round.reached) return 'unreached';
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
    const kind = kindOf(schedule, round, wrong);
    if (this.#known.has(kind)) return;
    let times = 1;
    for (let i = 0; i < CONFIRMATIONS; i++) {
      const again = await this.#judge.conclusive(schedule, i > 0);
      const same = beyond(this.#judge.beyond(schedule, again?.wrongs ?? []), fresh);
      if (same.some(({ kind }) => kind === wrong.kind)) times++;
    }
    const reproduced = { times, of: 1 + CONFIRMATIONS };
    if (times <= CONFIRMATIONS) {
      this.#unconfirmed.push(
        `${nameOf(schedule)} held at ${shown(schedule.holds)}: ${wrong.kind}, but only ${times} of ${reproduced.of} times`,
      );
      return;
    }
    this.#known.add(kind);
    const found = { schedule, wrong, happenings: round.happenings, reproduced };
    await this.#wishes.onFound?.(await told(found, this.#options));
  }

  #result(): RacesTried {
    const why = [...this.#unconfirmed, ...this.#unsettled].slice(0, 8);
    const [one, two] = this.#schedules;
    const [done, all] = this.#races;
    const seconds = (performance.now() - this.#began) / 1000;
    if (this.#known.size === 0) {
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
      verdict: this.#known.size > 0 ? 'race' : why.length > 0 ? 'inconclusive' : 'none',
      preemptions: this.#wishes.preemptions,
      ops: this.#ops,
      races: this.#races,
      schedules: this.#schedules,
      keptApart: this.#keptApart,
      unreached: this.#unreached,
      untried: this.#untried,
      alone: this.#alone,
      unconfirmed: this.#unconfirmed,
      unsettled: this.#unsettled,
      why,
      seconds,
      boots: this.#judge.contest.boots,
      counts: this.#judge.contest.counts?.symbol ?? 'unknown',
    };
  }
}

/** Two of one kind are one finding. */
const kindOf = (schedule: Schedule, { happenings }: Round, wrong: Wrong): string =>
  `${wrong.rule}/${mistakeOf(schedule, happenings, wrong)}`;

const shown = (holds: readonly Hold[]): string =>
  holds
    .map(({ touch, gate }) => (gate === 0 ? `access ${touch}` : `lock ${gate} after access ${touch}`))
    .join(', ');
