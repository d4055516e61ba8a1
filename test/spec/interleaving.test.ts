// What a scope of interleavings may be.
import { describe, expect, test } from 'vitest';
import { scopeProblem, type InterleavingScope } from '../../spec/interleaving.ts';

const FINE: InterleavingScope = { cpus: 3, procs: 2, pages: 1, frames: 4, values: 2, threads: 3 };

test('a scope that is fine', () => {
  expect(scopeProblem(FINE)).toBeUndefined();
});

describe('a scope that is not', () => {
  test.each([
    [{ cpus: 0 }, 'cpus is 0: a whole number from 1 to 4 is accepted where steps interleave'],
    [{ cpus: 9 }, 'cpus is 9: a whole number from 1 to 4 is accepted where steps interleave'],
    [{ values: 1 }, 'values is 1: a whole number from 2 to 4 is accepted where steps interleave'],
    [{ procs: 1.5 }, 'procs is 1.5: a whole number from 1 to 4 is accepted where steps interleave'],
    [{ frames: Number.NaN }, 'frames is NaN: a whole number from 1 to 15 is accepted where steps interleave'],
    [
      { frames: 1, pages: 2 },
      'frames is 1: the first process has 2 pages, each in a frame of its own; at least 2 are accepted',
    ],
    [{ threads: 4 }, 'threads is 4: a process runs on at most all 3 processors; at most 3 are accepted'],
  ])('%j', (part, problem) => {
    expect(scopeProblem({ ...FINE, ...part })).toBe(problem);
  });
});
