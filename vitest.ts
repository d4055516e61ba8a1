// The vitest door: a conformance suite for one's own implementation.
import { afterAll, describe, expect, test } from 'vitest';
import { violationText } from './report/text.ts';
import { fuzz, type FuzzOptions } from './runner/fuzz.ts';
import { PROFILES } from './properties/generator/profile.ts';
import type { Target } from './spec/target.ts';
import type { CowObject } from './targets/own/object.ts';
import { asTarget, isTarget } from './targets/own/target.ts';

export interface DescribeCowOptions extends Omit<FuzzOptions, 'target' | 'profile'> {
  /** Seed of every search; default from COWCHECK_SEED, else 1: a suite that fails must fail again. */
  readonly seed?: number;
}

/**
 * One test a profile: `cow`, a target or an object with the methods of `CowObject`, must hold against eager copying. A
 * violation fails its test with the shortest ops that show it; a search that could show nothing fails too.
 */
export function describeCow<Process, Frame>(
  name: string,
  cow: Target | CowObject<Process, Frame>,
  options: DescribeCowOptions = {},
): void {
  const given = asTarget(cow);
  const { limits } = given;
  const target: Target = {
    name: isTarget(cow) ? cow.name : name,
    ...(limits === undefined ? {} : { limits }),
    open: world => given.open(world),
  };
  const seed = options.seed ?? seedOf(process.env['COWCHECK_SEED']);
  const { time, runs, shrinkTime = 30_000 } = options;
  const budget = time === undefined && runs === undefined ? { runs: 300 } : {};
  describe(`${name} is copy-on-write (seed ${seed})`, () => {
    let performed = 0;
    for (const profile of PROFILES)
      test(
        `profile ${profile}: memory reads as after an eager copy, frames are accounted for`,
        async () => {
          const result = await fuzz({ ...budget, ...options, seed, target, profile });
          performed += result.ops;
          const found = result.counterexamples[0];
          if (found !== undefined)
            expect.fail(`${found.invariant} (rule ${found.rule})\n${violationText(found)}`);
          if (result.verdict === 'inconclusive') expect.fail(`inconclusive: ${result.why.join('; ')}`);
        },
        // A search may end with a finding, and shrinking it takes its own time.
        30_000 + (time ?? 0) * 2 + shrinkTime,
      );
    afterAll(() => {
      expect(performed, 'ops performed').toBeGreaterThan(0);
    });
  });
}

function seedOf(environment: string | undefined): number {
  if (environment === undefined || environment === '') return 1;
  if (/^\d{1,10}$/.test(environment)) return Number(environment);
  throw new RangeError(
    `COWCHECK_SEED was given ${JSON.stringify(environment)}; it takes a whole number; type for example: COWCHECK_SEED=1`,
  );
}
