// Runs one schedule again and again, and says each time whether it shows what neither order of its ops shows.
import { Judge } from './judge.ts';
import type { RaceOptions } from './booted.ts';
import type { Happening } from './happening.ts';
import { mirrored, type Schedule } from './race.ts';
import type { Wrong } from './wrong.ts';

export type Replayed =
  | { readonly verdict: 'violated'; readonly wrong: Wrong; readonly happenings: readonly Happening[] }
  | { readonly verdict: 'held'; readonly happenings: readonly Happening[] }
  | { readonly verdict: 'inconclusive'; readonly why: string };

/** Throws RigError. */
export async function replayRace(
  options: RaceOptions,
  schedule: Schedule,
  repeat: number,
): Promise<readonly Replayed[]> {
  const judge = new Judge(options);
  try {
    for (const race of [schedule, mirrored(schedule)])
      if ((await judge.control(race)) === undefined)
        return [{ verdict: 'inconclusive', why: 'its ops never ran to their end one after the other' }];
    const outcomes: Replayed[] = [];
    for (let i = 0; i < repeat; i++) {
      const round = await judge.conclusive(schedule);
      if (round === undefined) {
        outcomes.push({ verdict: 'inconclusive', why: 'it never ran to its end' });
        continue;
      }
      const [wrong] = judge.beyond(schedule, round.wrongs);
      const { happenings } = round;
      if (wrong !== undefined) outcomes.push({ verdict: 'violated', wrong, happenings });
      else outcomes.push({ verdict: 'held', happenings });
    }
    return outcomes;
  } finally {
    await judge.close();
  }
}
