// The cards of the mutants are true: every seed shrinks to the card, and nothing shorter than the card breaks a law.
import { describe, expect, test } from 'vitest';
import { CORE_OPS, type Mutant } from '../../model/mutants/mutant.ts';
import { fuzz } from '../../runner/fuzz.ts';
import { Rig } from '../../runner/rig.ts';
import { type Field, type Op, type OpName, OPS } from '../../spec/op.ts';
import { addressOf, describeOp, layoutFor, pack } from '../../spec/tape.ts';
import { EDGES, type World } from '../../spec/world.ts';
import { mutantTarget } from '../../targets/model/mutants.ts';
import { firstFive } from './first-five.ts';

const WORLD: World = {
  pageSize: 8,
  processes: 3,
  frames: 6,
  images: [
    { name: 'first', text: 1, rodata: 1, data: 1, heap: 1, stack: 1 },
    { name: 'second', text: 1, data: 1, stack: 1 },
  ],
  spare: { heap: 1, map: 2 },
};
const NAMES = ['A', 'B', 'C'];

/** What to try for a field; for the length of a user access, what stays in its page. */
function values(
  name: OpName,
  field: Field,
  places: readonly string[],
): readonly (string | number | undefined)[] {
  switch (field.kind) {
    case 'process':
      return NAMES;
    case 'handle':
      return ['pin1', 'pin2'];
    case 'choice':
      return field.values;
    case 'address':
      return field.optional === true ? [undefined, ...places] : places;
    case 'integer':
      if (field.name === 'length') return [1, 2, 4, WORLD.pageSize, WORLD.pageSize + 1];
      if (field.name === 'value') return [0, 0xffffffff];
      return [field.min, -1, 0, 1, 2, 3].filter(
        (n, i, all) => n >= field.min && all.indexOf(n) === i && (name === 'sbrk' || n >= 0),
      );
  }
}

/** Every op of the built-in model in this world: all names, all choices, first and last byte of every page, every edge. */
function everyOp(): readonly Op[] {
  const { pages } = layoutFor(WORLD);
  const last = WORLD.pageSize - 1;
  const places = [
    ...Array.from({ length: pages }, (_, page) =>
      [0, last].map(offset => addressOf(page, offset, WORLD)),
    ).flat(),
    ...EDGES,
  ];
  return CORE_OPS.flatMap(name => {
    let found: readonly Record<string, string | number>[] = [{ op: name }];
    for (const field of OPS[name].fields) {
      const tried = values(name, field, places);
      found = found.flatMap(op =>
        tried.map(value => (value === undefined ? op : { ...op, [field.name]: value })),
      );
    }
    return found.map(op => op as unknown as Op).filter(staysInPage);
  });
}

function staysInPage(op: Op): boolean {
  if (op.op !== 'read' && op.op !== 'write') return true;
  return (Number(/\d+$/.exec(op.at)?.[0] ?? 0) % WORLD.pageSize) + op.length <= WORLD.pageSize;
}

describe.each(await firstFive())('$name', (mutant: Mutant) => {
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
    const ops = everyOp();
    expect(new Set(ops.map(one => one.op))).toEqual(new Set(CORE_OPS));
    expect(ops.length).toBeGreaterThan(2000);
    const breaking: string[] = [];
    for (const op of ops)
      if ((await rig.run(pack(WORLD, [op]))).verdict !== 'held') breaking.push(describeOp(op));
    // The same enumeration finds every card of one op, so it can fail.
    const [only, ...more] = mutant.minimal.map(describeOp);
    if (more.length === 0) expect(breaking).toContain(only);
    else expect(breaking).toEqual([]);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])('seed %i shrinks to its card', async seed => {
    // A defect may show in other ways, too; with the ops of its card and stores it has no other.
    const ops: readonly OpName[] = ['write', ...mutant.minimal.map(({ op }) => op)];
    const { counterexamples } = await fuzz({ target: mutantTarget(mutant), seed, runs: 5000, ops });
    expect(counterexamples[0]?.trace.ops).toEqual(mutant.minimal);
  });

  test.each([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])(
    'seed %i finds it among all ops, never shorter than its card',
    async seed => {
      const { verdict, counterexamples } = await fuzz({
        target: mutantTarget(mutant),
        seed,
        runs: 5000,
        ops: CORE_OPS,
      });
      expect(verdict).toBe('violated');
      expect(counterexamples[0]?.ops).toBeGreaterThanOrEqual(mutant.minimal.length);
      expect(counterexamples[0]?.ops).toBeLessThanOrEqual(mutant.minimal.length + 2);
    },
  );
});
