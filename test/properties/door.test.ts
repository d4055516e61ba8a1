// fast-check's door: traces inside an ordinary property, held on the correct model, shrunk on a wrong one.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { traces } from '../../fast-check.ts';
import { TapeArbitrary, traceArbitrary } from '../../properties/arbitrary.ts';
import { Rig } from '../../runner/rig.ts';
import { tapeOf, type Trace } from '../../spec/trace.ts';
import { type MachineMaker, MODEL_OPS, modelTarget } from '../../targets/model/session.ts';
import { lines, ops, tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';
import { SPOIL_CONTENTS } from './sabotage-contents.ts';

const WORLD = { ...SMALL, frames: 32 };
const leaky = SPOIL_CONTENTS.find(({ defect }) => defect === 'a fault makes the shared frame writable');

async function holds(machine: MachineMaker | undefined, trace: Trace): Promise<boolean> {
  const rig = await Rig.open(modelTarget('under test', machine), trace.world);
  return (await rig.run(tapeOf(trace))).verdict === 'held';
}

describe('inside fc.assert', () => {
  test('the correct model is held, seed 42', async () => {
    await fc.assert(
      fc.asyncProperty(traces(WORLD), trace => holds(undefined, trace)),
      { seed: 42, numRuns: 200 },
    );
  });

  test.each([42, 43, 44])('a wrong machine fails and shrinks to the shortest trace, seed %i', async seed => {
    const found = await fc.check(
      fc.asyncProperty(traces(WORLD), trace => holds(leaky?.machine, trace)),
      { seed, numRuns: 200 },
    );
    expect(found.failed).toBe(true);
    const [trace] = found.counterexample ?? [];
    expect(trace === undefined ? '' : lines(tapeOf(trace))).toBe('fork A -> B\nwrite A data+0 length 1 = 0');
    expect(fc.stringify(trace)).toMatchInlineSnapshot(
      `"trace of 2 ops: fork A -> B; write A data+0 length 1 = 0"`,
    );
  });

  test('a counterexample comes back from its seed and path', async () => {
    const property = fc.asyncProperty(traces(WORLD), trace => holds(leaky?.machine, trace));
    const found = await fc.check(property, { seed: 45 });
    const again = await fc.check(property, {
      seed: 45,
      path: found.counterexamplePath ?? '',
      endOnFailure: true,
    });
    expect(again.counterexample).toEqual(found.counterexample);
  });

  test('a trace given as an example is shrunk too', async () => {
    const example: Trace = {
      format: 1,
      world: WORLD,
      ops: ops(
        'fork A -> B\nread A data+0 length 1\nfork B -> C\nwrite C data+3 length 2 = 70000\nexit B status 1',
      ),
    };
    const found = await fc.check(
      fc.asyncProperty(traces(WORLD), trace => holds(leaky?.machine, trace)),
      { seed: 1, examples: [[example]] },
    );
    expect(found.numRuns).toBe(1);
    const [trace] = found.counterexample ?? [];
    expect(trace === undefined ? '' : lines(tapeOf(trace))).toBe('fork A -> B\nwrite A data+0 length 1 = 0');
  });
});

describe('the arbitrary', () => {
  const options = {
    ops: MODEL_OPS,
    profile: 'oom',
    maxOps: 30,
    refusalKills: true,
    readBack: false,
  } as const;

  test('the same seed gives the same traces, another one others', () => {
    const sample = (seed: number): readonly Trace[] =>
      fc.sample(traceArbitrary(WORLD, options), { seed, numRuns: 20 });
    expect(sample(7)).toEqual(sample(7));
    expect(sample(7)).not.toEqual(sample(8));
  });

  test('each tape is a copy of its own, seed 9', () => {
    const tapes = fc.sample(new TapeArbitrary(WORLD, options), { seed: 9, numRuns: 20 });
    const texts = tapes.map(lines);
    for (const each of tapes) each.words.fill(0);
    expect(fc.sample(new TapeArbitrary(WORLD, options), { seed: 9, numRuns: 20 }).map(lines)).toEqual(texts);
    expect(new Set(tapes.map(({ words }) => words)).size).toBe(20);
  });

  test('what is no tape is not shrunk', () => {
    const arbitrary = new TapeArbitrary(WORLD, options);
    expect(arbitrary.canShrinkWithoutContext(tape(WORLD, 'fork A -> B'))).toBe(true);
    for (const other of [undefined, null, 7, 'fork', [], {}, { words: [] }])
      expect(arbitrary.canShrinkWithoutContext(other)).toBe(false);
  });

  test('a value that is no trace is not shrunk', () => {
    const arbitrary = traceArbitrary(WORLD, options);
    for (const other of [undefined, null, 7, [], { format: 1 }, { format: 2, world: WORLD, ops: [] }])
      expect(arbitrary.canShrinkWithoutContext(other)).toBe(false);
  });
});
