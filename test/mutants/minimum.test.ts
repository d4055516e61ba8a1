// The cards of the mutants are true: every seed shrinks to the card, and nothing shorter than the card breaks a law.
import { describe, expect, test } from 'vitest';
import type { Mutant } from '../../model/mutants/mutant.ts';
import { fuzz } from '../../runner/fuzz.ts';
import { Rig } from '../../runner/rig.ts';
import { EXEC_VARIANTS, type Op } from '../../spec/op.ts';
import { addressOf, describeOp, layoutFor, pack } from '../../spec/tape.ts';
import { EDGES, type World } from '../../spec/world.ts';
import { mutants, mutantTarget } from '../../targets/model/mutants.ts';
import { MODEL_OPS } from '../../targets/model/session.ts';

const WORLD: World = {
  pageSize: 8,
  processes: 3,
  frames: 6,
  images: [
    { name: 'first', text: 1, rodata: 1, data: 1, heap: 1, stack: 1 },
    { name: 'second', text: 1, data: 1, stack: 1 },
  ],
};
const NAMES = ['A', 'B', 'C'];
const VALUES = [0, 1, 0xffffffff];

/** Every op of the built-in model in this world: all names, all addresses, all lengths of a page and a byte over. */
function everyOp(world: World): readonly Op[] {
  const { pages } = layoutFor(world);
  const addresses = [
    ...Array.from({ length: pages * world.pageSize }, (_, byte) =>
      addressOf(Math.floor(byte / world.pageSize), byte % world.pageSize, world),
    ),
    ...EDGES,
  ];
  const ranges = (most: (at: string) => number): readonly { at: string; length: number }[] =>
    addresses.flatMap(at => Array.from({ length: most(at) }, (_, i) => ({ at, length: i + 1 })));
  const offset = (at: string): number => Number(/\d+$/.exec(at)?.[0] ?? 0) % world.pageSize;
  const within = ranges(at => world.pageSize - offset(at));
  const across = ranges(() => world.pageSize + 1);
  return MODEL_OPS.flatMap((op): readonly Op[] => {
    switch (op) {
      case 'fork':
      case 'vfork':
        return NAMES.flatMap(by => NAMES.map(as => ({ op, by, as })));
      case 'exec':
        return NAMES.flatMap(by =>
          EXEC_VARIANTS.flatMap(via => [0, 1, 2].map(image => ({ op, by, image, via, argument: 1 }))),
        );
      case 'exit':
        return NAMES.flatMap(by => [0, 1, 255].map(status => ({ op, by, status })));
      case 'wait':
        return NAMES.flatMap(by => [{ op, by }, ...addresses.map(into => ({ op, by, into }))]);
      case 'kill':
        return NAMES.flatMap(by => NAMES.map(victim => ({ op, by, victim })));
      case 'read':
        return NAMES.flatMap(by => within.map(range => ({ op, by, ...range })));
      case 'kread':
        return NAMES.flatMap(by => across.map(range => ({ op, by, ...range })));
      case 'write':
        return NAMES.flatMap(by =>
          within.flatMap(range => VALUES.map(value => ({ op, by, ...range, value }))),
        );
      case 'kwrite':
        return NAMES.flatMap(by =>
          across.flatMap(range => VALUES.map(value => ({ op, by, ...range, value }))),
        );
      case 'failalloc':
        return [1, 2, 3].map(nth => ({ op, nth }));
      default:
        throw new Error(`the model has a new op, ${op}: enumerate it here`);
    }
  });
}

describe.each(await mutants())('$name', (mutant: Mutant) => {
  test('its card breaks the rule on it', async () => {
    const rig = await Rig.open(mutantTarget(mutant), WORLD);
    expect(await rig.run(pack(WORLD, mutant.minimal))).toMatchObject({
      verdict: 'violated',
      violation: {
        invariant: mutant.invariant,
        at: mutant.minimal.length - 1,
        evidence: { rule: mutant.rule },
      },
    });
  });

  test('nothing shorter than its card breaks any: all traces of fewer ops in a small world', async () => {
    // A longer card needs the pairs, too.
    expect(mutant.minimal.length).toBeLessThanOrEqual(2);
    const rig = await Rig.open(mutantTarget(mutant), WORLD);
    expect(await rig.run(pack(WORLD, []))).toEqual({ verdict: 'held' });
    const ops = everyOp(WORLD);
    expect(ops.length).toBeGreaterThan(5000);
    const breaking: string[] = [];
    for (const op of ops)
      if ((await rig.run(pack(WORLD, [op]))).verdict !== 'held') breaking.push(describeOp(op));
    // The same enumeration finds every card of one op, so it can fail.
    if (mutant.minimal.length === 1) expect(breaking).toContain(describeOp(mutant.minimal[0] as Op));
    else expect(breaking).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('seed %i shrinks to its card', async seed => {
    const { counterexamples } = await fuzz({ target: mutantTarget(mutant), seed, runs: 5000 });
    expect(counterexamples[0]?.trace.ops).toEqual(mutant.minimal);
  });
});
