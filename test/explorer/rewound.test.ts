// Targets that go back: in as many states as the model, refuted by the shortest histories, and told what they do wrong.
import { describe, expect, test } from 'vitest';
import { type Bounds, coarse, smallestWorld, symmetriesOf } from '../../explorer/bounds.ts';
import type { Exploration } from '../../explorer/explore.ts';
import { exploreRewound, type RewoundExploreOptions } from '../../explorer/explore-rewound.ts';
import { search } from '../../explorer/search.ts';
import { SmallWorld } from '../../explorer/small-world.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import type { OpName } from '../../spec/op.ts';
import type { World } from '../../spec/world.ts';
import { defineTarget } from '../../index.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { goesBack, type OwnMark } from '../../targets/own/rewinding.ts';
import { type Kernel, kernel } from '../targets/rewinding.ts';

const ALL: readonly OpName[] = ['fork', 'write', 'read', 'exec', 'exit', 'wait'];

const bounds = (processes: number, pages: number, ops: readonly OpName[] = ALL): Bounds => ({
  processes,
  pages,
  frames: processes * pages,
  values: 2,
  ops,
});

/** Pages of data and no others. */
function worldOf(of: Bounds): World {
  return { ...smallestWorld(of), images: [{ name: 'only', data: of.pages }] };
}

async function explored(
  object: Kernel,
  of: Bounds,
  more: Partial<RewoundExploreOptions<OwnMark>> = {},
): Promise<Exploration> {
  const world = worldOf(of);
  const session = await defineTarget(object).open(world);
  if (!goesBack(session)) throw new Error('it does not go back');
  return exploreRewound({ world, target: session, ops: of.ops, grain: coarse(of.values), ...more });
}

const laws = ({ found }: Exploration): Readonly<Record<string, number>> =>
  Object.fromEntries([...found].map(([law, { length }]) => [law, length]));

describe('a right kernel', () => {
  test.each([
    [1, ALL],
    [2, ALL],
    [3, ['fork', 'write', 'exit', 'wait']],
  ] as const)('with %i processes is in as many states as the model', async (processes, ops) => {
    const of = bounds(processes, 1, ops);
    const world = worldOf(of);
    // What is refused ends a process of the model, and not one of the kernel.
    const grain = { ...coarse(of.values), sound: true };
    const { can } = await modelTarget().open(world);
    const model = await SmallWorld.of({
      world,
      machine: CowMachine,
      can: { ...can, ops },
      grain,
      symmetries: symmetriesOf(of),
    });
    const { states, depth } = await search(model);
    const own = await explored(kernel(), of, { grain });
    expect(own).toMatchObject({ complete: true, states, depth });
    expect(laws(own)).toEqual({});
    expect(own.unhit.filter(name => name.startsWith('op'))).toEqual([]);
  });

  test('names of its processes mean nothing, and that is proved', async () => {
    const of = bounds(2, 2, ['fork', 'write', 'exit', 'wait']);
    const { proof, states, found } = await explored(kernel(), of, { proveSymmetry: true });
    expect([...found.keys()]).toEqual([]);
    expect(proof).toMatchObject({ missing: 0, extra: 0, apart: 0 });
    expect(proof?.whole.states).toBeGreaterThan(states);
  });
});

describe('a wrong kernel', () => {
  test('that takes a page with a sharer for its own is refuted by the shortest history', async () => {
    const wrong = kernel(tables => ({
      write(process, page, offset, bytes) {
        const { frames, processes } = tables();
        frames[processes[process]?.pages[page]?.frame ?? -1]?.bytes.splice(offset, bytes.length, ...bytes);
      },
    }));
    const found = laws(await explored(wrong, bounds(2, 1), { bail: true }));
    expect(found).toMatchObject({ 'reply.bytes': 3 });
  });

  test('that forgets to take back what it did when memory ran out', async () => {
    const failing = (early: boolean): Kernel =>
      kernel(tables => ({ failalloc: nth => void (tables().armed = nth) }), early);
    const of = bounds(2, 1, ['fork', 'write', 'exit', 'failalloc']);
    const right = await explored(failing(false), of);
    expect([laws(right), right.complete]).toEqual([{}, true]);
    expect(right.opsHit['failalloc']).toBeGreaterThan(0);
    expect(laws(await explored(failing(true), of, { bail: true }))).toEqual({
      'frames.count-equals-holders/25': 3,
    });
  });

  test('that spoils a page unseen: states that read otherwise are not one', async () => {
    // Until somebody reads, nothing that it shows has changed.
    const wrong = kernel(tables => ({
      inspect: process => tables().processes[process]?.pages.map(({ frame }) => ({ frame })) ?? [],
      wait(process) {
        const { frames, processes } = tables();
        frames[processes[process]?.pages[0]?.frame ?? -1]?.bytes.splice(0, 1, 99);
        return 'no-child';
      },
    }));
    expect(laws(await explored(wrong, bounds(1, 1), { bail: true }))).toEqual({ 'reply.bytes': 2 });
  });
});

describe('what cannot be driven', () => {
  test.each<[string, Kernel, string]>([
    [
      'a restore that hands out what was saved',
      kernel(tables => ({
        save: () => tables(),
        restore: saved => void Object.assign(tables(), saved),
      })),
      'own: after restore it does not look as it did when it was saved',
    ],
    [
      'a promise',
      kernel(() => ({ fork: () => Promise.resolve(7) })),
      'own: a method returned a promise, and states are explored with methods that return at once',
    ],
    [
      'a save that throws',
      kernel(() => ({
        save: () => {
          throw new Error('no room');
        },
      })),
      'own: save failed: Error: no room',
    ],
    [
      'a fingerprint that is none',
      kernel(() => ({ fingerprint: () => 7 as unknown as string })),
      'own: fingerprint returned no text',
    ],
  ])('%s', async (_, object, words) => {
    await expect(explored(object, bounds(2, 1))).rejects.toThrow(words);
  });
});
