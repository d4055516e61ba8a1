// Histories that are given: run as many at a time as the target allows, judged in their order, and stopped where it is asked.
import { describe, expect, test } from 'vitest';
import { runGiven, type GivenResult } from '../../runner/given.ts';
import { RigError, type Target } from '../../spec/target.ts';
import type { World } from '../../spec/world.ts';
import type { Tape } from '../../spec/tape.ts';
import { mutants, mutantTarget } from '../../targets/model/mutants.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { tape } from '../history.ts';
import { interfered } from './targets.ts';

const WORLD: World = {
  pageSize: 8,
  processes: 3,
  frames: 8,
  images: [{ name: 'only', text: 1, data: 1 }],
};

const harmless = tape(WORLD, 'read A data+0 length 1');
const forks = tape(WORLD, 'fork A -> B\nread A data+0 length 1');

/** `base`, which takes a while: every third run takes longest. Counts what runs at the same time; run number `fails` fails. */
function slow(
  base: Target,
  concurrent: number | undefined,
  fails = -1,
): { readonly target: Target; most: number } {
  let running = 0;
  const run = async (honest: () => Promise<void>, count: number): Promise<void> => {
    watched.most = Math.max(watched.most, ++running);
    for (let turns = count % 3 === 1 ? 20 : 1; turns > 0; turns--)
      await new Promise(resolve => setImmediate(resolve));
    if (count === fails) throw new RigError('gone', 'it is gone', 'nothing');
    await honest();
    running--;
  };
  const watched = {
    most: 0,
    target: {
      ...interfered({ base, run: (honest, _into, _tape, count) => run(honest, count) }),
      limits: concurrent === undefined ? {} : { concurrent },
    },
  };
  return watched;
}

const given = (target: Target, tapes: Iterable<Tape>, bail = 1): Promise<GivenResult> =>
  runGiven({ target, world: WORLD, tapes, seed: 0, inspect: 'full', shrinkTime: 0, bail });

describe('as many at a time as the target says', () => {
  test.each([
    [undefined, 1],
    [1, 1],
    [3, 3],
  ])('%s: %i', async (concurrent, most) => {
    const watched = slow(modelTarget(), concurrent);
    const { runs, ops, done, found, opsHit } = await given(watched.target, Array<Tape>(10).fill(forks));
    expect({ runs, ops, done, found: found.length }).toEqual({ runs: 10, ops: 20, done: true, found: 0 });
    expect(opsHit).toMatchObject({ fork: 10, read: 10 });
    expect(watched.most).toBe(most);
  });

  test('with fewer histories than that', async () => {
    const watched = slow(modelTarget(), 3);
    expect(await given(watched.target, [harmless, harmless])).toMatchObject({ runs: 2, done: true });
    expect(await given(slow(modelTarget(), 3).target, [])).toMatchObject({ runs: 0, done: true });
  });
});

describe('what they find', () => {
  const wrong = async (concurrent: number): Promise<Target> => {
    const mutant = (await mutants()).find(({ name }) => name === 'fork-leaves-parent-writable');
    if (mutant === undefined) throw new Error('no such mutant');
    return slow(mutantTarget(mutant), concurrent).target;
  };

  test('is what the first in order finds, whichever ends first; then no more are begun', async () => {
    const begun: number[] = [];
    function* tapes(): Generator<Tape> {
      const later = tape(WORLD, 'read A data+0 length 1\nfork A -> B');
      for (const [i, one] of [
        harmless,
        harmless,
        forks,
        later,
        ...Array<Tape>(20).fill(harmless),
      ].entries()) {
        begun.push(i);
        yield one;
      }
    }
    const { found, done } = await given(await wrong(3), tapes());
    expect(found.map(({ trace }) => trace.ops.map(({ op }) => op))).toEqual([['fork']]);
    expect(done).toBe(true);
    expect(begun.length).toBeLessThan(8);
  });

  test('a rig that fails says why, and nothing is concluded of the rest', async () => {
    const { why, done, runs } = await given(slow(modelTarget(), 3, 5).target, Array<Tape>(9).fill(harmless));
    expect({ why, done }).toEqual({ why: ['the rig failed: it is gone'], done: false });
    expect(runs).toBeGreaterThan(3);
    await expect(given(slow(modelTarget(), 1, 1).target, [harmless])).rejects.toThrow('it is gone');
  });
});
