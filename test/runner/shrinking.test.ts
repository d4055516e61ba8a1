// Shrinking as a run of its own: what needs two changes at once, every improvement told, and an end when one is asked for.
import { expect, test } from 'vitest';
import { namedTarget, worldOf } from '../../index.ts';
import { Rig } from '../../runner/rig.ts';
import { shrink } from '../../runner/shrinking.ts';
import type { Violation } from '../../runner/verdict.ts';
import { lines, tape } from '../history.ts';
import { interfered } from './targets.ts';

const WORLD = worldOf(8, 3, 2, 12);
/** Lazy freeing marks a page, too, so that one fork would do. */
const PLAIN = { advice: ['dontneed'] } as const;
const refork = await namedTarget('mutant:refork-loses-cow-mark');

async function found(rig: Rig, text: string): Promise<Violation> {
  const outcome = await rig.run(tape(WORLD, text));
  if (outcome.verdict !== 'violated') return expect.fail(`it did not fail: ${outcome.verdict}`);
  return outcome.violation;
}

test.each([
  ['fork A -> B\nexit B status 0\nwait A\nfork A -> B'],
  ['fork A -> B\nexit A status 0\nfork B -> A'],
  ['fork A -> B\nfork A -> C\nexit C status 0\nwait A\nfork B -> C'],
])('a name born again is not what keeps an op: %j', async text => {
  const rig = await Rig.open(refork, WORLD);
  const { violation, complete } = await shrink(
    rig,
    await found(rig, text),
    Number.POSITIVE_INFINITY,
    undefined,
    undefined,
    PLAIN,
  );
  expect(complete).toBe(true);
  expect(lines(violation.tape)).toBe('fork A -> B\nfork A -> C');
});

test('every improvement is told, each shorter or simpler than the last, the last is the result', async () => {
  const rig = await Rig.open(refork, WORLD);
  const start = await found(rig, 'read A data+0 length 1\nfork A -> B\nread B data+0 length 1\nfork B -> C');
  const told: string[] = [];
  const { violation, tried } = await shrink(
    rig,
    start,
    Number.POSITIVE_INFINITY,
    better => told.push(lines(better.tape)),
    undefined,
    PLAIN,
  );
  expect(told.at(-1)).toBe(lines(violation.tape));
  expect(told.at(-1)).toBe('fork A -> B\nfork A -> C');
  expect(new Set(told).size).toBe(told.length);
  expect(tried).toBeGreaterThanOrEqual(told.length);
  const lengths = told.map(text => text.split('\n').length);
  expect(lengths).toEqual([...lengths].sort((a, b) => b - a));
});

test('a target in this process that never waits still lets timers and signals in', async () => {
  let runs = 0;
  const busy = interfered({
    base: refork,
    run: honest => {
      // Ten milliseconds of work without a pause, as a slow model in this process would do.
      for (const start = performance.now(); performance.now() - start < 10; );
      runs++;
      return honest();
    },
  });
  const rig = await Rig.open(busy, WORLD);
  const start = await found(rig, 'read A data+0 length 1\nfork A -> B\nfork A -> C');
  let stopped = false;
  setTimeout(() => {
    stopped = true;
  }, 0);
  const { complete } = await shrink(rig, start, Number.POSITIVE_INFINITY, undefined, () => stopped);
  expect(complete).toBe(false);
  expect(runs).toBeGreaterThan(1);
});

test('the deadline is kept, with the best so far', async () => {
  const rig = await Rig.open(refork, WORLD);
  const start = await found(rig, 'fork A -> B\nread A data+0 length 1\nfork A -> C');
  const { violation, complete, tried } = await shrink(rig, start, performance.now() - 1);
  expect({ complete, tried }).toEqual({ complete: false, tried: 0 });
  expect(violation).toBe(start);
});
