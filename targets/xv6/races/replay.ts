// Runs one schedule again and again, and says each time whether it shows what neither order of its ops shows.
import { Judge } from './judge.ts';
import type { RaceOptions } from './booted.ts';
import type { Happening } from './happening.ts';
import { mirrored, type Schedule } from './race.ts';
import type { Wrong } from './wrong.ts';

/** A kernel that was mended may make other accesses: that says nothing for or against it. */
const UNREACHED =
  'no hart came to the place where it was to be held, for this kernel makes other accesses there: cowcheck races searches it anew';

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
      else if (!round.reached) outcomes.push({ verdict: 'inconclusive', why: UNREACHED });
      else outcomes.push({ verdict: 'held', happenings });
    }
    return outcomes;
  } finally {
    await judge.close();
  }
}
