// The JSON reports: one object, stable keys.
import type { RacesTried } from '../spec/race.ts';
import type { ReportedCounterexample, ReportedResult } from './result.ts';

/** What `--json` prints. */
export function jsonReport(result: ReportedResult): string {
  return JSON.stringify({
    verdict: result.verdict,
    target: result.target,
    seed: result.seed,
    runs: result.runs,
    ops: result.ops,
    seconds: Math.round(result.seconds * 1000) / 1000,
    opsHit: result.opsHit,
    opsLeftOut: result.opsLeftOut,
    rulesHit: result.rulesHit,
    rulesLeftOut: result.rulesLeftOut,
    witnesses: result.witnesses,
    counterexamples: result.counterexamples.map(counterexampleJson),
    sitesHit: result.sitesHit,
    sweeps: result.sweeps,
    ...(result.races === undefined ? {} : { races: triedJson(result.races) }),
    digest: result.digest,
    identity: result.identity,
    inspectionLeftOut: result.leftOut,
    invariantsLeftOut: result.invariantsLeftOut,
    unhit: result.unhit,
    why: result.why,
    ...(result.interrupted ? { interrupted: true } : {}),
  });
}

/** What `races --json` prints. */
export function racesJson(
  result: RacesTried,
  target: string,
  found: readonly ReportedCounterexample[],
): string {
  const { verdict, why } = result;
  return JSON.stringify({
    verdict: verdict === 'race' ? 'violated' : verdict,
    target,
    ...triedJson(result),
    why,
    counterexamples: found.map(counterexampleJson),
  });
}

function counterexampleJson(one: ReportedCounterexample): unknown {
  const { id, rule, invariant, ops, shrunkFrom, file, replay, race, trace } = one;
  const { schedule, finding } = trace;
  return {
    id,
    rule,
    invariant,
    ops,
    shrunkFrom,
    file,
    replay,
    ...(race === undefined
      ? {}
      : {
          race: race.title,
          racers: race.racers,
          required: finding?.required,
          found: finding?.found,
          because: finding?.because,
          schedule,
          steps: race.steps,
          reproduced: finding?.reproduced,
        }),
  };
}

/** How far a search for races came. */
function triedJson(tried: RacesTried): object {
  const { preemptions, ops, races, schedules, keptApart, unreached, untried, alone, seconds, boots, counts } =
    tried;
  return {
    preemptions,
    ops,
    races,
    schedules,
    keptApart,
    unreached,
    untried,
    alone: Object.fromEntries(alone),
    seconds: Math.round(seconds * 1000) / 1000,
    boots,
    counts,
  };
}
