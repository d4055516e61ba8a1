// Judges a schedule against its two ops one after the other, in both orders: only what neither shows is a race.
import { Contest, type Round } from './contest.ts';
import type { RaceOptions } from './booted.ts';
import type { Happening } from './happening.ts';
import { mirrored, nameOf, type Race, type Schedule } from './race.ts';
import { MachineGone } from './gdb.ts';
import { beyond, type Wrong } from './wrong.ts';

/** Times that a round is run in which a hart waited for a lock beside; that never came to its hold; and that proves nothing. */
const WAITED = 3;
const UNREACHED = 3;
const DISCARDED = 8;
/** Times that QEMU may be lost before that ends the work. */
const LOSSES = 3;

export class Judge {
  readonly contest: Contest;
  readonly #controls = new Map<string, Round>();
  #losses = 0;

  constructor(options: RaceOptions) {
    this.contest = new Contest(options);
  }

  close(): Promise<void> {
    return this.contest.close();
  }

  /** The ops one after the other; undefined: they never ran to their end. Throws RigError. */
  async control(race: Race): Promise<Round | undefined> {
    const name = nameOf(race);
    const known = this.#controls.get(name);
    if (known !== undefined) return known;
    const round = await this.sequential(race);
    if (round !== undefined) this.#controls.set(name, round);
    return round;
  }

  /** One op after the other. A kernel without locks may race by itself while a round is set up: what is wrong must be so twice. */
  async sequential(race: Race, fresh = false): Promise<Round | undefined> {
    const first = await this.conclusive({ ...race, holds: [] }, fresh);
    if (first === undefined || first.wrongs.length === 0) return first;
    const second = await this.conclusive({ ...race, holds: [] }, true);
    if (second === undefined) return first;
    return beyond(first.wrongs, [second.wrongs]).length > 0 ? second : first;
  }

  /** What `wrongs` have beyond the controls of both orders that were run so far. */
  beyond(race: Race, wrongs: readonly Wrong[]): readonly Wrong[] {
    const controls = [race, mirrored(race)].map(each => this.#controls.get(nameOf(each))?.wrongs ?? []);
    return beyond(wrongs, controls);
  }

  /** A round that proves something; undefined: none did. `fresh`: on a kernel just booted. Throws RigError. */
  async conclusive(schedule: Schedule, fresh = false): Promise<Round | undefined> {
    let last: Round | undefined;
    let [waited, unreached, discarded] = [0, 0, 0];
    while (waited < WAITED && unreached < UNREACHED && discarded < DISCARDED) {
      const round = await this.#round(schedule, fresh);
      if (round === undefined || round.discarded !== undefined) {
        discarded++;
        continue;
      }
      if (round.wrongs.length > 0 || (round.reached && !isBeside(round))) return round;
      last = round;
      if (round.reached) waited++;
      else unreached++;
    }
    return last;
  }

  async #round(schedule: Schedule, fresh: boolean): Promise<Round | undefined> {
    try {
      return await this.contest.round(schedule, fresh);
    } catch (cause) {
      await this.contest.close();
      if (cause instanceof MachineGone && ++this.#losses < LOSSES) return undefined;
      throw cause;
    }
  }
}

/** A schedule that breaks what both orders of its ops keep. */
export interface Found {
  readonly schedule: Schedule;
  readonly wrong: Wrong;
  readonly happenings: readonly Happening[];
  readonly reproduced: { readonly times: number; readonly of: number };
}

/** Did a hart wait for a lock of processes, time or devices? */
export function isBeside({ happenings }: Round): boolean {
  return happenings.some(one => one.kind === 'waits' && one.beside);
}
