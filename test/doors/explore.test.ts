// explore as a library: any target by name or by itself, findings with traces that replay, a stop, and bounds that cannot be.
import { expect, test } from 'vitest';
import {
  defineTarget,
  explore,
  isInterleaved,
  modelTarget,
  namedTarget,
  replay,
  type Trace,
  UsageError,
} from '../../index.ts';
import { kernel } from '../targets/rewinding.ts';

const SMALL = { procs: 2, pages: 1, ops: ['fork', 'write', 'read', 'exit'] } as const;

test('the model, by name and as a target, is the same', async () => {
  const byName = await explore({ ...SMALL });
  const itself = await explore({ target: modelTarget(), ...SMALL, proveSymmetry: true });
  expect(byName).toMatchObject({ verdict: 'held', target: 'model', complete: true, counterexamples: [] });
  expect(itself).toMatchObject({
    states: byName.states,
    transitions: byName.transitions,
    symmetry: { missing: 0, extra: 0 },
  });
});

test('a finding has a trace, and the trace replays', async () => {
  const heard: string[] = [];
  const { verdict, counterexamples } = await explore({
    target: 'mutant:B09c',
    depth: 2,
    bail: 1,
    onFound: ({ invariant }) => heard.push(invariant),
  });
  expect([verdict, counterexamples.length]).toEqual(['violated', 1]);
  const [found] = counterexamples;
  expect(heard).toEqual([found?.invariant]);
  expect(found).toMatchObject({ file: '', replay: '' });
  if (found === undefined || isInterleaved(found.trace)) return expect.fail('no trace of ops');
  const trace: Trace = found.trace;
  const { outcomes } = await replay(trace, await namedTarget('mutant:B09c'));
  expect(outcomes[0]).toMatchObject({ verdict: 'violated', violation: { invariant: found.invariant } });
});

test('steps of processors, a target that goes back, and one that does not', async () => {
  const steps = await explore({ cpus: 2, frames: 3, ops: ['fork', 'exit'] });
  expect(steps).toMatchObject({ verdict: 'held', complete: true });
  expect(steps.lawsHit?.['frames.freed-once']).toBeGreaterThan(0);
  const back = await explore({ target: defineTarget(kernel()), ...SMALL });
  expect(back).toMatchObject({ verdict: 'held', complete: true });
  expect(back.assumed).toContain('are one');
  const forward = kernel();
  delete forward.save;
  delete forward.restore;
  const each = await explore({ target: defineTarget(forward), ...SMALL, depth: 2 });
  expect(each.verdict).toBe('held');
  expect(each.histories?.exercised).toBe(each.histories?.of);
});

test('a signal stops it, and it says so', async () => {
  const stop = new AbortController();
  const lines: string[] = [];
  const result = await explore({
    procs: 3,
    ops: 'all',
    signal: stop.signal,
    progressEvery: 0,
    onProgress: line => {
      lines.push(line);
      if (lines.length === 3) stop.abort();
    },
  });
  expect(lines[0]).toContain('explore model: ');
  expect(result).toMatchObject({ verdict: 'inconclusive', why: ['it was stopped; it is kept nowhere'] });
});

test.each([
  [{ frames: 1 }, '--frames 1 cannot hold the 2 pages of one process'],
  [{ target: 'linux', cpus: 2 }, '--cpus interleaves the steps of the model or of one of its mutants'],
  [{ target: defineTarget(kernel()), ops: ['pin'] as const }, 'own has no op pin; it has '],
])('bounds that cannot be: %#', async (options, words) => {
  await expect(explore(options)).rejects.toThrow(UsageError);
  await expect(explore(options)).rejects.toThrow(words);
});
