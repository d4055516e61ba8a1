// Names that mean nothing: the reduced search against the search of every state, and against Spin.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { build, pan } from '../../bench/spin/pan.ts';
import { type Bounds, coarse, NO_SYMMETRIES, smallestWorld, symmetriesOf } from '../../explorer/bounds.ts';
import type { Symmetries } from '../../explorer/canon.ts';
import { explore } from '../../explorer/explore.ts';
import { quotient } from '../../explorer/quotient.ts';
import { search } from '../../explorer/search.ts';
import { Table } from '../../explorer/table.ts';
import { SmallWorld } from '../../explorer/small-world.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { EXIT, FORK, type OpName, WRITE_OP } from '../../spec/op.ts';

const CORE: readonly OpName[] = ['fork', 'write', 'exec', 'exit'];

const bounds = (
  [processes, pages, frames, values]: readonly [number, number, number, number],
  ops: readonly OpName[],
): Bounds => ({ processes, pages, frames, values, ops });

async function proved(of: Bounds): Promise<unknown> {
  const { can } = await modelTarget().open(smallestWorld(of));
  const { states, proof } = await explore({ of, machine: CowMachine, can, proveSymmetry: true });
  return {
    states,
    whole: proof?.whole.states,
    missing: proof?.missing,
    extra: proof?.extra,
    apart: proof?.apart,
  };
}

describe('every state has a representative that the reduced search has seen, and there is no other', () => {
  test.each([
    // With the ops of the peers' papers: the numbers are theirs, and one for the world in which nobody is left.
    [[2, 2, 3, 2], CORE, 28, 505],
    [[2, 2, 4, 2], CORE, 71, 4529],
    [[3, 1, 3, 2], CORE, 43, 829],
    [[2, 2, 3, 3], CORE, undefined, undefined],
    [[2, 2, 3, 2], [...CORE, 'mprotect'], undefined, undefined],
    [[2, 2, 3, 2], [...CORE, 'wait', 'kill', 'read'], undefined, undefined],
    [[2, 1, 2, 2], [...CORE, 'vfork', 'wait', 'kill', 'kwrite', 'failalloc'], undefined, undefined],
    [[2, 1, 2, 3], [...CORE, 'kwrite', 'wait'], undefined, undefined],
    [[2, 1, 2, 2], ['fork', 'write', 'mmap', 'munmap', 'exit'], undefined, undefined],
    // Two zombies: wait takes the first.
    [[3, 1, 3, 2], ['fork', 'write', 'exit', 'wait', 'kill'], undefined, undefined],
  ] as const)('%j, %j', async (scope, ops, reduced, all) => {
    const found = await proved(bounds(scope, ops));
    expect(found).toMatchObject({ missing: 0, extra: 0, apart: 0 });
    if (reduced !== undefined) expect(found).toMatchObject({ states: reduced, whole: all });
  });
});

test('a symmetry under which all states are one is caught, though the one is seen', async () => {
  const of = bounds([2, 1, 2, 2], CORE);
  const { can } = await modelTarget().open(smallestWorld(of));
  const whole = await SmallWorld.of({
    world: smallestWorld(of),
    machine: CowMachine,
    can: { ...can, ops: of.ops },
    grain: coarse(2),
    symmetries: NO_SYMMETRIES,
  });
  // All states are one but for the last, in which nobody is left.
  const represent = (words: Uint32Array): void => void words.fill(whole.stage.machine.processes > 0 ? 1 : 2);
  const reduced = new Table();
  reduced.enter(1, 1, 0, 0, 0);
  reduced.enter(2, 2, 0, 0, 0);
  const { missing, extra, apart } = await quotient(whole, represent, reduced);
  expect({ missing, extra }).toEqual({ missing: 0, extra: 0 });
  expect(apart).toBeGreaterThan(0);
});

test('a symmetry that is not one is caught: values that a page is loaded with are no others', async () => {
  const of = bounds([2, 1, 2, 2], ['fork', 'write', 'exec', 'exit', 'wait']);
  const { can } = await modelTarget().open(smallestWorld(of));
  // Statuses are taken for stored values though they are not: as if the bytes of the image could be renamed.
  const wrong = { ...coarse(2), values: [0xe0, 0x20] };
  const make = async (symmetries: Symmetries): Promise<SmallWorld> =>
    SmallWorld.of({
      world: smallestWorld(of),
      machine: CowMachine,
      can: { ...can, ops: of.ops },
      grain: wrong,
      orphans: true,
      symmetries,
    });
  const all = { ...symmetriesOf(of), pages: false };
  const reduced = await search(await make(all));
  const whole = await make(NO_SYMMETRIES);
  const { missing, extra } = await quotient(whole, whole.under(all), reduced.table);
  expect(missing + extra).toBeGreaterThan(0);
});

test('two values are not one, not even in the first state that is looked at', async () => {
  const of = bounds([2, 2, 4, 3], ['fork', 'write', 'exit']);
  const { can } = await modelTarget().open(smallestWorld(of));
  const after = async (values: readonly number[]): Promise<readonly number[]> => {
    const space = await SmallWorld.of({
      world: smallestWorld(of),
      machine: CowMachine,
      can: { ...can, ops: of.ops },
      grain: coarse(of.values),
      symmetries: symmetriesOf(of),
    });
    space.start();
    const into = new Int32Array(space.most);
    values.forEach((value, i) => {
      // Pages 1 and 2 are those of data.
      const moves = into.subarray(0, space.moves(into, 9));
      const move = moves.find(one => {
        const [code, , page, , , stored] = space.op(one);
        return code === WRITE_OP && page === i + 1 && stored === value;
      });
      if (move === undefined) throw new Error('there is no such store');
      space.make(move);
    });
    const words = new Uint32Array(2);
    space.fingerprint(words);
    return [...words];
  };
  const [one = 0, other = 0] = coarse(of.values).values;
  expect(await after([one, other])).not.toEqual(await after([one, one]));
  expect(await after([one, other])).toEqual(await after([other, one]));
});

test('an end is not a value: one that was killed did not exit with what somebody stored', async () => {
  const of = bounds([2, 1, 2, 2], ['fork', 'write', 'exit', 'wait']);
  const { can } = await modelTarget().open(smallestWorld(of));
  const space = await SmallWorld.of({
    world: smallestWorld(of),
    machine: CowMachine,
    can: { ...can, ops: of.ops },
    grain: coarse(of.values),
    symmetries: symmetriesOf(of),
  });
  const after = (...wanted: readonly ((op: Int32Array) => boolean)[]): readonly number[] => {
    space.start();
    const into = new Int32Array(space.most);
    for (const one of wanted) {
      const move = into.subarray(0, space.moves(into, 9)).find(each => one(space.op(each)));
      if (move === undefined) throw new Error('there is no such move');
      space.make(move);
    }
    const words = new Uint32Array(2);
    space.fingerprint(words);
    return [...words];
  };
  const fork = ([code]: Int32Array): boolean => code === FORK;
  // Page 0 is text: a store to it kills.
  const killed = after(fork, ([code, by, page]) => code === WRITE_OP && by === 1 && page === 0);
  const ended = after(fork, ([code, by]) => code === EXIT && by === 1);
  expect(killed).not.toEqual(ended);
});

const spin =
  spawnSync('spin', ['-V']).error === undefined && spawnSync('gcc', ['--version']).error === undefined;
if (!spin)
  console.warn(
    'the test against Spin is skipped: spin or gcc is not there; to run it: apt-get install spin gcc',
  );

describe.skipIf(!spin)('Spin counts the same states of the same world, written down anew', () => {
  test.each([[[2, 2, 3, 2]], [[2, 2, 4, 2]], [[3, 1, 3, 2]], [[2, 2, 3, 3]]] as const)('%j', async scope => {
    const of = bounds(scope, CORE);
    const folder = mkdtempSync(join(tmpdir(), 'cowcheck-spin-'));
    try {
      const { processes, pages, frames, values } = of;
      const { states } = pan(build({ processes, pages, frames, values }, folder, false));
      expect(await proved(of)).toMatchObject({ whole: states });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
