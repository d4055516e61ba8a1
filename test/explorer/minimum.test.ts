// The search for the fewest ops: minima known by hand, nothing wrong with the right model, every reduction against none.
import { describe, expect, test } from 'vitest';
import { minimum } from '../../explorer/minimum.ts';
import { PROOF_WORLD } from '../../explorer/proofs.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { Rig } from '../../runner/rig.ts';
import { signature } from '../../runner/verdict.ts';
import { pack } from '../../spec/tape.ts';
import type { Capabilities } from '../../spec/target.ts';
import type { Op, OpName } from '../../spec/op.ts';
import type { World } from '../../spec/world.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { lines, ops } from '../history.ts';

/** One page of data and two processes. */
const TOY: World = {
  pageSize: 8,
  processes: 2,
  frames: 4,
  images: [{ name: 'only', text: 1, data: 1 }],
};
const FEW: readonly OpName[] = ['fork', 'exit', 'wait', 'read', 'write'];

async function offering(world: World, offered?: readonly OpName[]): Promise<Capabilities> {
  const { can } = await modelTarget().open(world);
  return offered === undefined ? can : { ...can, ops: offered };
}

/** Wrong from its nth fork on: the parent keeps its write access. */
function wrongFrom(nth: number): typeof CowMachine {
  return class extends CowMachine {
    override sharePage(entry: number, space: number, page: number): void {
      const bits = this.bits[entry] ?? 0;
      super.sharePage(entry, space, page);
      if (space >= nth && bits !== this.bits[entry]) this.setEntry(entry, this.frame[entry] ?? -1, bits);
    }
  };
}

/** Forgets what it copies. */
class Blank extends CowMachine {
  override copyFrame(_from: number, to: number): void {
    this.memory.noteWritten(to);
  }
}

/** Tells its parent the wrong ending, but only of a child that a store killed. */
class WrongEnding extends CowMachine {
  override refuse(...[by, why, into]: Parameters<CowMachine['refuse']>): void {
    super.refuse(by, why, into);
    this.ending[by] = 7;
  }
}

describe('minima known by hand', () => {
  test.each([
    ['the right model', CowMachine, 4, {}],
    ['the first fork is wrong', wrongFrom(1), 2, { 'frames.shared-is-read-only/29': 1 }],
    ['a break copies nothing', Blank, 3, { 'contents.write-is-exact/4': 2 }],
    ['a killed child is reported wrong', WrongEnding, 3, { 'reply.wait/15': 3 }],
  ])('%s', async (_, machine, depth, minima) => {
    const { found, complete } = await minimum({
      world: TOY,
      machine,
      can: await offering(TOY, FEW),
      depth,
    });
    expect(complete).toBe(true);
    const least = [...found].map(([name, tape]): readonly [string, number] => [name, tape.length]);
    expect(Object.fromEntries(least)).toEqual(minima);
  });

  test('the history of a minimum breaks that very law at its last op', async () => {
    const { found } = await minimum({ world: TOY, machine: Blank, can: await offering(TOY), depth: 2 });
    expect(found.size).toBeGreaterThan(0);
    const rig = await Rig.open(modelTarget('wrong', Blank), TOY);
    for (const [name, tape] of found) {
      const outcome = await rig.run(tape);
      expect(outcome, lines(tape)).toMatchObject({ verdict: 'violated', violation: { at: tape.length - 1 } });
      if (outcome.verdict === 'violated') expect(signature(outcome.violation)).toBe(name);
    }
  });
});

test('the right model breaks nothing within two ops of the world of the proofs, nor three of a toy', async () => {
  const small = await minimum({
    world: PROOF_WORLD,
    machine: CowMachine,
    can: await offering(PROOF_WORLD),
    depth: 2,
  });
  expect([...small.found.values()].map(lines)).toEqual([]);
  expect(small.transitions).toBeGreaterThan(10_000);
  const toy = await minimum({ world: TOY, machine: CowMachine, can: await offering(TOY), depth: 3 });
  expect([...toy.found.values()].map(lines)).toEqual([]);
  expect(toy.complete).toBe(true);
});

test('a search says when it was not allowed to end', async () => {
  const { complete, depth, states } = await minimum({
    world: TOY,
    machine: CowMachine,
    can: await offering(TOY),
    depth: 3,
    states: 50,
  });
  expect(complete).toBe(false);
  expect(states).toBeGreaterThan(50);
  expect(states).toBeLessThan(500);
  expect(depth).toBeLessThan(3);
});

test('two searches see the same', async () => {
  const can = await offering(TOY);
  const once = await minimum({ world: TOY, machine: Blank, can, depth: 3 });
  const again = await minimum({ world: TOY, machine: Blank, can, depth: 3 });
  const told = ({ found, ...rest }: typeof once): unknown => ({ ...rest, found: [...found] });
  expect(told(again)).toEqual(told(once));
});

describe('against all histories, with no reduction', () => {
  const NAMES = ['A', 'B', 'C'];
  const places = ['text+0', 'data+0', 'data+1', 'null'];
  const every = ops(
    [
      ...NAMES.flatMap(by => [
        ...NAMES.map(as => `fork ${by} -> ${as}`),
        `exit ${by} status 0`,
        `exit ${by} status 1`,
        `wait ${by}`,
        ...places.flatMap(at => [
          `read ${by} ${at} length 1`,
          `write ${by} ${at} length 1 = 0`,
          `write ${by} ${at} length 1 = 4294967295`,
          `wait ${by} into ${at}`,
        ]),
      ]),
      ...[1, 2, 3, 4].map(nth => `failalloc nth ${nth}`),
    ].join('\n'),
  );

  /** Fewest ops of each law that any history of at most `depth` ops breaks. */
  async function plainly(machine: typeof CowMachine, depth: number): Promise<Record<string, number>> {
    const rig = await Rig.open(modelTarget('wrong', machine), TOY);
    const minima: Record<string, number> = {};
    let level: (readonly Op[])[] = [[]];
    for (let length = 1; length <= depth; length++) {
      const next: (readonly Op[])[] = [];
      for (const history of level)
        for (const op of every) {
          const longer = [...history, op];
          const outcome = await rig.run(pack(TOY, longer));
          if (outcome.verdict === 'held') next.push(longer);
          else if (outcome.verdict === 'violated') minima[signature(outcome.violation)] ??= length;
        }
      level = next;
    }
    return minima;
  }

  test.each([
    ['a break copies nothing', Blank],
    ['the second fork is wrong', wrongFrom(2)],
    [
      'a fork that fails half way leaves its space',
      class extends CowMachine {
        override unwind(): number {
          return -1;
        }
      },
    ],
  ])('%s', async (_, machine) => {
    const can = await offering(TOY, [...FEW, 'failalloc']);
    const { found } = await minimum({ world: TOY, machine, can, depth: 2 });
    const least = [...found].map(([name, tape]): readonly [string, number] => [name, tape.length]);
    expect(Object.fromEntries(least)).toEqual(await plainly(machine, 2));
  });
});
