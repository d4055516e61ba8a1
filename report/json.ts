// The JSON report: one object, stable keys.
import type { ReportedResult } from './result.ts';

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
    counterexamples: result.counterexamples.map(({ id, rule, invariant, ops, shrunkFrom, file, replay }) => ({
      id,
      rule,
      invariant,
      ops,
      shrunkFrom,
      file,
      replay,
    })),
    sitesHit: result.sitesHit,
    sweeps: result.sweeps,
    digest: result.digest,
    identity: result.identity,
    inspectionLeftOut: result.leftOut,
    invariantsLeftOut: result.invariantsLeftOut,
    unhit: result.unhit,
    why: result.why,
    ...(result.interrupted ? { interrupted: true } : {}),
  });
}
