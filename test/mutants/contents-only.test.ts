// Without a look at frames and counts: whatever a program can see is found, and a card that says "unseen" is believed.
import { describe, expect, test } from 'vitest';
import { fuzz } from '../../runner/fuzz.ts';
import { within } from '../../model/mutants/mutant.ts';
import { mutants, mutantTarget } from '../../targets/model/mutants.ts';

const all = await mutants();
const SEEDS = [1, 2, 3];
const RUNS = 20_000;
/** Runs that an unseen one must survive: ten times what most of the others take. */
const SURVIVED = 2000;

describe('visible', () => {
  test.each(all.filter(({ unseen }) => unseen === undefined))('$name falls to its bytes', async mutant => {
    for (const seed of SEEDS) {
      const { counterexamples } = await fuzz({
        target: mutantTarget(mutant),
        seed,
        runs: RUNS,
        inspect: 'none',
        ...within(mutant),
        shrinkTime: 0,
      });
      expect(counterexamples, `seed ${seed}`).toHaveLength(1);
    }
  });
});

describe('unseen', () => {
  const unseen = all.filter(mutant => mutant.unseen !== undefined);

  test('there are few', () => {
    expect(unseen.length).toBeGreaterThan(0);
    expect(unseen.length).toBeLessThan(all.length / 10);
  });

  test.each(unseen)('$name survives: $unseen', async mutant => {
    const { counterexamples } = await fuzz({
      target: mutantTarget(mutant),
      seed: 1,
      runs: SURVIVED,
      inspect: 'none',
      ...within(mutant),
    });
    expect(counterexamples).toEqual([]);
  });
});
