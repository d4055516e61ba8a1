// The invariants for targets whose frames cannot be seen: the exclusive mark and the faults must tell enough.
import { describe, expect, test } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import { PROFILES } from '../../properties/generator/profile.ts';
import { TapeWriter } from '../../properties/generator/writer.ts';
import { sharingInvariants } from '../../properties/invariants/sharing.ts';
import { Rig } from '../../runner/rig.ts';
import type { Outcome } from '../../runner/verdict.ts';
import { worldOf } from '../../runner/worlds.ts';
import { type MachineMaker, MODEL_OPS } from '../../targets/model/session.ts';
import { tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';
import { DATA, DATA_2, Machine } from './machine.ts';
import { type Lies, marksTarget } from './marks.ts';
import { MISMANAGE_FRAMES } from './sabotage-frames.ts';
import { SPOIL_CONTENTS } from './sabotage-contents.ts';

const machineOf = (wanted: string): MachineMaker =>
  [...MISMANAGE_FRAMES, ...SPOIL_CONTENTS].find(({ defect }) => defect === wanted)?.machine ?? CowMachine;

async function outcome(history: string, maker: MachineMaker, lies: Lies = {}): Promise<Outcome> {
  const rig = await Rig.open(marksTarget(maker, lies), SMALL);
  return rig.run(tape(SMALL, history));
}

interface Wrong {
  readonly invariant: string;
  readonly what: string;
  readonly history: string;
  readonly maker?: MachineMaker;
  readonly lies?: Lies;
}

const WRONG: readonly Wrong[] = [
  {
    invariant: 'sharing.fork-shares-pages',
    what: 'fork copies a page',
    history: 'fork A -> B',
    maker: machineOf('fork copies a page'),
  },
  {
    invariant: 'sharing.fork-shares-pages',
    what: 'a shared page is marked exclusive',
    history: 'fork A -> B',
    lies: { exclusive: (truth, page) => truth || page === DATA_2 },
  },
  {
    invariant: 'sharing.writer-is-exclusive',
    what: 'a fault makes the shared frame writable',
    history: 'fork A -> B\nwrite B data+0 length 1 = 9',
    maker: machineOf('a fault makes the shared frame writable'),
  },
  {
    invariant: 'sharing.writer-is-exclusive',
    what: 'the kernel writes through the shared frame',
    history: 'fork A -> B\nkwrite B data+0 length 1 = 9',
    maker: machineOf('the kernel writes through the shared frame'),
  },
  {
    invariant: 'sharing.writer-is-exclusive',
    what: 'the second page of a kernel write stays shared',
    history: 'fork A -> B\nkwrite B data+6 length 4 = 9',
    maker: class extends Machine {
      override makeKernelWritable(space: number, page: number): number {
        return page === DATA ? super.makeKernelWritable(space, page) : 0;
      }
    },
  },
  {
    invariant: 'economy.one-fault-a-page',
    what: 'a store faults twice',
    history: 'fork A -> B\nwrite B data+0 length 1 = 9',
    lies: { faults: truth => truth * 2 },
  },
  {
    invariant: 'economy.one-fault-a-page',
    what: 'a kernel write over two pages faults three times',
    history: 'fork A -> B\nkwrite B data+6 length 4 = 9',
    lies: { faults: truth => truth + 1 },
  },
];

test('every invariant of sharing has something to object to', () => {
  expect(new Set(WRONG.map(({ invariant }) => invariant))).toEqual(
    new Set(sharingInvariants.map(({ id }) => id)),
  );
});

describe.each(WRONG)('$invariant', ({ invariant, what, history, maker, lies }) => {
  test(`objects when ${what}`, async () => {
    const found = await outcome(history, maker ?? CowMachine, lies);
    expect(found.verdict === 'violated' ? found.violation.invariant : found.verdict).toBe(invariant);
  });

  test(`has nothing to say of the correct model (${history.replaceAll('\n', '; ')})`, async () => {
    expect(await outcome(history, CowMachine)).toEqual({ verdict: 'held' });
  });
});

test('each counts when it held', async () => {
  for (const [rule, history] of [
    [27, 'fork A -> B'],
    [29, 'fork A -> B\nwrite B data+0 length 1 = 9'],
  ] as const) {
    const rig = await Rig.open(marksTarget(CowMachine), SMALL);
    await rig.run(tape(SMALL, history));
    expect(rig.examiner.ruleHits[rule], `rule ${rule}`).toBeGreaterThan(0);
  }
});

test.each(PROFILES)('never object to the correct model, profile %s, seed 77', async profile => {
  for (const world of [worldOf(8, 3, 2, 12), worldOf(16, 4, 3, 8)]) {
    const rig = await Rig.open(marksTarget(CowMachine), world);
    const writer = new TapeWriter(world, {
      ops: [...MODEL_OPS],
      profile,
      maxOps: 50,
      refusalKills: true,
      readBack: true,
    });
    for (let run = 0; run < 300; run++)
      expect(await rig.run(writer.write(77, run))).toEqual({ verdict: 'held' });
  }
});
