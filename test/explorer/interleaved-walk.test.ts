// A walk through interleaved steps: what a state shows of processors and pages, and steps that no two moves of a state share.
import { describe, expect, test } from 'vitest';
import { InterleavedWalk } from '../../explorer/interleaved-walk.ts';
import { interleavings } from '../../explorer/interleavings.ts';
import { search } from '../../explorer/search.ts';
import { Walker } from '../../explorer/walk.ts';
import type { InterleavingScope } from '../../spec/interleaving.ts';
import { stepMutants } from '../../targets/model/mutants.ts';

const SCOPE: InterleavingScope = { cpus: 2, procs: 2, pages: 2, frames: 3, values: 2, threads: 2 };

test('a state shows page tables, frames, processors and what they have cached', () => {
  const walker = new Walker(new InterleavedWalk({ scope: SCOPE }));
  const path = ['1.fill.1', '0.fork', '0.share', '0.share'];
  const { state, steps, changes } = walker.at(path);
  expect(steps.map(({ text }) => text)).toEqual([
    'CPU 1: fill A.1',
    'CPU 0: fork',
    'CPU 0: share',
    'CPU 0: share',
  ]);
  const frame = (number: number): object => ({ permission: 'rw', kind: 'private', frame: number });
  const entry = (page: number): object => ({
    ...frame(page),
    at: String(page),
    bits: ['present', 'copy-on-write'],
    bytes: '0',
  });
  expect(state.processes).toEqual([
    { name: 'A', state: 'alive, lock taken', pages: [entry(0), entry(1)] },
    { name: 'B', state: 'being made, lock free', pages: [entry(0), entry(1)] },
  ]);
  expect(state.cpus).toEqual([
    { name: 'CPU 0', doing: 'runs A, in the kernel, next: flush local', translations: [] },
    {
      name: 'CPU 1',
      doing: 'runs A',
      // Fork has not flushed yet: it may still store.
      translations: [{ page: 'A 1', frame: 1, writable: true }],
    },
  ]);
  expect(state.frames.map(({ count, holders }) => [count, holders])).toEqual([
    [2, ['A 0', 'B 0']],
    [2, ['A 1', 'B 1']],
    [0, []],
    [1, []],
  ]);
  expect(changes).toContainEqual({ of: 'frame 1', what: 'count', from: '1', to: '2' });
});

test('one that has broken a law says which', async () => {
  const mutant = (await stepMutants()).find(({ name }) => name === 'fork-flushes-nothing');
  if (mutant === undefined) return expect.fail('no such mutant');
  const walker = new Walker(new InterleavedWalk(mutant));
  const { breach, moves } = walker.at(['0.fill.0', '0.fork', '0.share', '0.unlock']);
  expect(breach).toMatchObject({ invariant: 'translations.shared-is-read-only', rule: 29 });
  expect(moves).toEqual([]);
  expect(walker.at(['0.fill.0', '0.fork', '0.share']).moves).toContainEqual(
    expect.objectContaining({
      step: '0.unlock',
      leads: 'breaks',
      law: 'translations.shared-is-read-only/29',
    }),
  );
});

describe('no two moves of a state have the same step', () => {
  test.each(['model', 'pin-crosses-fork', 'published-before-counted'])('%s', async name => {
    const mutant = (await stepMutants()).find(one => one.name === name);
    const options = {
      scope: { ...SCOPE, pages: 1 },
      ...(mutant === undefined ? {} : { machine: mutant.machine }),
    };
    const space = new InterleavedWalk(options);
    const moves = new Int32Array(space.most);
    let most = 0;
    const { states } = await search(space, {
      depth: 9,
      onState: () => {
        const able = [...moves.subarray(0, space.moves(moves))];
        const steps = able.map(move => space.words(move).step);
        expect(new Set(steps).size).toBe(steps.length);
        for (const step of steps) expect(step).toMatch(/^[\w+:-]+(\.[\w+:-]+)*$/);
        most = Math.max(most, steps.length);
      },
    });
    expect(most).toBeGreaterThan(5);
    // It is the same space that is searched.
    expect(states).toBe((await search(interleavings(options), { depth: 9 })).states);
  });
});
