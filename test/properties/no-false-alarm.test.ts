// The correct model is held in every world: an alarm here is a defect of the judges.
import { expect, test } from 'vitest';
import { PROFILES } from '../../properties/generator/profile.ts';
import { TapeWriter } from '../../properties/generator/writer.ts';
import { Rig } from '../../runner/rig.ts';
import { worldOf } from '../../runner/worlds.ts';
import type { World } from '../../spec/world.ts';
import { MODEL_OPS, modelTarget } from '../../targets/model/session.ts';
import { lines } from '../history.ts';

const RUNS = 3000;

/** A process of `n` pages holds n + 1 frames, the stack being one: from exactly the least to more than enough. */
const WORLDS: readonly (readonly [what: string, world: World])[] = [
  ['one process, one page, the least frames', worldOf(8, 1, 1, 2)],
  ['one process, one page, one frame more', worldOf(8, 1, 1, 3)],
  ['two processes, one page, the least frames', worldOf(16, 2, 1, 2)],
  ['two processes, two pages, enough for both', worldOf(8, 2, 2, 6)],
  ['three processes, two pages, the least frames', worldOf(8, 3, 2, 3)],
  ['three processes, two pages, one frame more', worldOf(128, 3, 2, 4)],
  ['three processes, one page, not declared', worldOf(128, 3, 1)],
  ['four processes, three pages, two images at once', worldOf(16, 4, 3, 8)],
  ['five processes, four pages, a few frames', worldOf(8, 5, 4, 9)],
  ['six processes, five pages, ample', worldOf(16, 6, 5, 64)],
  ['eight processes, two pages, the least frames', worldOf(8, 8, 2, 3)],
  ['eight processes, eight pages, a few frames', worldOf(8, 8, 8, 14)],
  ['eight processes, eight pages, ample', worldOf(8, 8, 8, 256)],
  ['eight processes, eight pages, large pages', worldOf(128, 8, 8, 40)],
  [
    'images that differ in every segment',
    {
      pageSize: 8,
      processes: 5,
      frames: 12,
      images: [
        { name: 'a', data: 3, bss: 1 },
        { name: 'b', text: 3, stack: 2 },
        { name: 'c', rodata: 2, heap: 1 },
      ],
      spare: { heap: 1, map: 2 },
    },
  ],
  [
    'an image that never fits',
    {
      pageSize: 16,
      processes: 4,
      frames: 5,
      images: [
        { name: 'small', data: 2 },
        { name: 'large', text: 1, data: 6 },
      ],
    },
  ],
];

const CASES = WORLDS.flatMap(([what, world], index) =>
  PROFILES.map((profile, p) => ({ what, world, profile, seed: 100 * (index + 1) + p })),
);

async function neverObjects(
  { world, profile, seed }: (typeof CASES)[number],
  inspect: 'each' | 'none',
  runs: number,
): Promise<void> {
  const rig = await Rig.open(modelTarget(), world, inspect);
  const writer = new TapeWriter(world, {
    ops: [...MODEL_OPS],
    profile,
    maxOps: 50,
    refusalKills: true,
    readBack: seed % 2 === 0,
  });
  for (let run = 0; run < runs; run++) {
    const tape = writer.write(seed, run);
    const outcome = await rig.run(tape);
    if (outcome.verdict !== 'held')
      expect.fail(`run ${run}: ${JSON.stringify(outcome, undefined, 1).slice(0, 800)}\n${lines(tape)}`);
  }
  expect(rig.runs).toBe(runs);
  expect(rig.ops).toBeGreaterThan(runs * 3);
}

for (const each of CASES) {
  test(`${each.what}, profile ${each.profile}, seed ${each.seed}`, () => neverObjects(each, 'each', RUNS));
  test(`${each.what}, profile ${each.profile}, seed ${each.seed}, by its replies alone`, () =>
    neverObjects(each, 'none', RUNS / 10));
}
