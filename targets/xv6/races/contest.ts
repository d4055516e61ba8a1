// One round of a race on a machine that is kept as long as it is sound, and booted anew when it is not.
import { RigError } from '../../../spec/target.ts';
import { racerFiles } from '../agent.ts';
import type { CountShape } from '../counts.ts';
import { Died } from '../died.ts';
import type { Machine } from '../machine.ts';
import { PAGE } from '../memory.ts';
import { type Code, codeOf } from './atomics.ts';
import type { RaceOptions } from './booted.ts';
import { RaceGuest } from './guest.ts';
import { Discarded, type Happening } from './happening.ts';
import { takeMemory } from './memory-end.ts';
import type { Hold, Schedule } from './race.ts';
import { Scheduler } from './scheduler.ts';
import { deathOf, isLeak, leftBehind, type Wrong, wrongsOf } from './wrong.ts';

export interface Round {
  readonly wrongs: readonly Wrong[];
  readonly happenings: readonly Happening[];
  readonly points: readonly Hold[];
  /** Was the first racer held where it was to be? */
  readonly reached: boolean;
  /** Why it proves nothing; undefined: it does. */
  readonly discarded: string | undefined;
}

/** Times that a kernel is booted without getting to the start of a round, before it is given up. */
const BOOTS = 3;
/** Bytes behind the kernel's image in which its counts are looked for, where no symbol tells of them. */
const NEAR = 1 << 20;
const FAR = 20 << 20;

export class Contest {
  readonly #options: RaceOptions;
  #guest: RaceGuest | undefined;
  #code: Code | undefined;
  #machine: Machine | undefined;
  #counts: CountShape | undefined;
  #file = new Uint8Array();
  #boots = 0;

  constructor(options: RaceOptions) {
    this.#options = options;
  }

  /** How often the kernel was booted. */
  get boots(): number {
    return this.#boots;
  }

  get counts(): CountShape | undefined {
    return this.#counts;
  }

  /** Boots the kernel and finds its counts. Throws RigError. */
  async open(): Promise<RaceGuest> {
    if (this.#guest !== undefined) return this.#guest;
    this.#file = Uint8Array.from((await racerFiles()).racer);
    this.#boots++;
    const guest = await RaceGuest.start(this.#options, machine => {
      this.#machine = machine;
    });
    this.#guest = guest;
    if (this.#counts !== undefined) guest.examination.use(this.#counts);
    else this.#counts = await this.#findCounts(guest);
    return guest;
  }

  async #findCounts(guest: RaceGuest): Promise<CountShape> {
    const { examination } = guest;
    const told = examination.counts?.shape;
    if (told !== undefined) return told;
    try {
      const start = await guest.begin({ ops: ['F', 'F'], kept: true, outOfMemory: false });
      for (const go of start.go) guest.machine.writeU32(go, 1);
      await guest.settle('fork');
      guest.examine();
      const image = guest.kernel.firstFrame * PAGE;
      let { shape, why } = examination.findCounts();
      for (const bytes of [image + NEAR, image + FAR])
        if (shape === undefined && why === 'nothing fits') ({ shape, why } = examination.findCounts(bytes));
      await guest.end();
      if (shape !== undefined) return shape;
      throw new RigError(
        'xv6-no-counts',
        `no place in the kernel's memory holds what the frames' counts must be (${why}): there is nothing to race for`,
        'races are for kernels that count the sharers of a frame; search this one with: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img',
      );
    } catch (cause) {
      if (!(cause instanceof Died)) throw cause;
      throw new RigError(
        'xv6-no-fork',
        `the kernel does not survive two forks one after the other: ${cause.message}`,
        'search it first with: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img',
      );
    }
  }

  /** Runs `schedule` once; `fresh`: on a kernel just booted. Throws RigError. */
  async round(schedule: Schedule, fresh = false): Promise<Round> {
    if (fresh) await this.close();
    for (let tries = 1; ; tries++) {
      const guest = await this.open();
      const counts = guest.examination.counts?.shape;
      if (counts === undefined) throw new Error('a round without counts');
      this.#code ??= codeOf(guest.elf);
      let sound = false;
      let scheduler: Scheduler | undefined;
      try {
        const start = await guest.begin(schedule);
        scheduler = new Scheduler(guest, this.#code, start, counts);
        const give = schedule.outOfMemory ? takeMemory(guest) : undefined;
        const reached = await scheduler.run(schedule.holds);
        give?.();
        await guest.settle('race');
        const { happenings, points } = scheduler;
        const wrongs = [...wrongsOf(guest, start, schedule, happenings, this.#file)];
        const whole = await guest.end();
        wrongs.push(...leftBehind(guest));
        sound = whole && wrongs.every(isLeak) && guest.goesOn();
        return { wrongs, happenings, points, reached, discarded: undefined };
      } catch (cause) {
        const { happenings = [], points = [] } = scheduler ?? {};
        const rest = { happenings, points, reached: true };
        if (cause instanceof Discarded) {
          sound = !schedule.outOfMemory && scheduler !== undefined && (await this.#ended(guest, scheduler));
          return { ...rest, wrongs: [], discarded: cause.message };
        }
        if (!(cause instanceof Died)) throw cause;
        // Nobody was let go yet: the round before may have left something behind.
        if (scheduler === undefined && tries < BOOTS) continue;
        return { ...rest, wrongs: [deathOf(cause)], discarded: undefined };
      } finally {
        if (!sound) await this.close();
      }
    }
  }

  /** Ends a round that proves nothing; true: the kernel is as it was. */
  async #ended(guest: RaceGuest, scheduler: Scheduler): Promise<boolean> {
    try {
      scheduler.release();
      await guest.settle('race');
      return (await guest.end()) && leftBehind(guest).length === 0;
    } catch (cause) {
      if (cause instanceof Died) return false;
      throw cause;
    }
  }

  /** Ends QEMU; the next round boots anew. */
  async close(): Promise<void> {
    const machine = this.#machine;
    this.#machine = undefined;
    this.#guest = undefined;
    await machine?.close();
  }
}
