// The fast-check door: traces inside any property, found, shrunk, replayed and printed as fast-check's users expect.
import { modelTarget, namedTarget, replay, worldOf, type Trace } from 'cowcheck';
import { traces } from 'cowcheck/fast-check';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../spec/parse.ts';
import { formatTrace } from '../../spec/trace.ts';

const WORLD = worldOf(8, 3, 2, 12);
const buggy = await namedTarget('mutant:break-keeps-old-reference');
const seed = 17;

const holds =
  (target: Awaited<ReturnType<typeof namedTarget>>) =>
  async (trace: Trace): Promise<boolean> =>
    (await replay(trace, target)).outcomes.every(({ verdict }) => verdict === 'held');

describe(`seed ${seed}`, () => {
  test('the model holds in a property', async () => {
    await fc.assert(fc.asyncProperty(traces(WORLD), holds(modelTarget())), { seed, numRuns: 60 });
  });

  test('a mutant fails in one, shrunk to two ops, and the printed path replays it', async () => {
    const property = fc.asyncProperty(traces(WORLD), holds(buggy));
    const details = await fc.check(property, { seed, numRuns: 200 });
    expect(details.failed).toBe(true);
    const [trace] = details.counterexample ?? [];
    expect(trace?.ops).toEqual([
      { op: 'fork', by: 'A', as: 'B' },
      { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    ]);
    expect(fc.stringify(trace)).toBe('trace of 2 ops: fork A -> B; write A data+0 length 1 = 0');
    await expect(fc.assert(property, { seed, numRuns: 200 })).rejects.toThrow(
      /Counterexample: \[trace of 2 ops: fork A -> B; write A data\+0 length 1 = 0\]/,
    );
    // What fast-check prints for replaying leads straight to the same trace.
    const again = await fc.check(property, {
      seed: details.seed,
      path: details.counterexamplePath ?? '',
      endOnFailure: true,
    });
    expect(again.numRuns).toBe(1);
    expect(again.counterexample?.[0]?.ops).toEqual(trace?.ops);
  });

  test('a sample is plain data of the trace format, and the same for the same seed', () => {
    const sample = fc.sample(traces(WORLD), { seed, numRuns: 50 });
    for (const trace of sample) {
      expect(trace.world).toEqual(WORLD);
      expect(parseTrace(formatTrace(trace))).toEqual(JSON.parse(JSON.stringify(trace)));
    }
    expect(JSON.stringify(fc.sample(traces(WORLD), { seed, numRuns: 50 }))).toBe(JSON.stringify(sample));
    expect(new Set(sample.map(trace => JSON.stringify(trace.ops))).size).toBeGreaterThan(40);
  });

  test('ops and length are as asked for', () => {
    const options = { ops: ['fork', 'write'], maxOps: 5 } as const;
    const used = fc.sample(traces(WORLD, options), { seed, numRuns: 100 });
    // What a read-back adds at the end comes on top; it only reads.
    expect(new Set(used.flatMap(({ ops }) => ops.map(({ op }) => op)))).toEqual(new Set(['fork', 'write']));
    expect(Math.max(...used.map(({ ops }) => ops.length))).toBeLessThanOrEqual(5);
  });

  test("a trace of one's own is an example: it shrinks like any other", async () => {
    const mine: Trace = {
      format: 1,
      world: WORLD,
      ops: [
        { op: 'read', by: 'A', at: 'stack+0', length: 1 },
        { op: 'fork', by: 'A', as: 'B' },
        { op: 'read', by: 'B', at: 'data+0', length: 1 },
        { op: 'write', by: 'B', at: 'stack+7', length: 1, value: 255 },
      ],
    };
    const details = await fc.check(fc.asyncProperty(traces(WORLD), holds(buggy)), {
      seed,
      numRuns: 1,
      examples: [[mine]],
    });
    expect(details.counterexample?.[0]?.ops).toEqual([
      { op: 'fork', by: 'A', as: 'B' },
      { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    ]);
  });
});
