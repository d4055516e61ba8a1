// Failing allocations: one that is left out would never have struck.
import { expect, test } from 'vitest';
import { coarse, smallestWorld, symmetriesOf } from '../../explorer/bounds.ts';
import { SmallWorld } from '../../explorer/small-world.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { FAILALLOC, type OpName } from '../../spec/op.ts';
import { modelTarget } from '../../targets/model/session.ts';

const OPS: readonly OpName[] = [
  'fork',
  'vfork',
  'exec',
  'exit',
  'read',
  'write',
  'kwrite',
  'mmap',
  'failalloc',
];

test('after a failure that is left out no op fails; after any other, one does', async () => {
  const world = smallestWorld({ processes: 2, pages: 2, frames: 4, values: 2, ops: OPS });
  const { can } = await modelTarget().open(world);
  const space = await SmallWorld.of({
    world,
    machine: CowMachine,
    can: { ...can, ops: OPS },
    grain: coarse(2),
    symmetries: symmetriesOf({ ops: OPS, processes: 2 }),
  });
  const list = (): readonly number[] => {
    const into = new Int32Array(space.most);
    return [...into.subarray(0, space.moves(into, 9))];
  };
  space.start();
  let leftOut = 0;
  let kept = 0;
  // The first state, and one with a child that shares its pages.
  for (let depth = 0; depth < 2; depth++) {
    const mark = space.save();
    const moves = list();
    for (const move of moves) {
      const failure = space.op(move)[0] === FAILALLOC;
      space.make(move);
      if (failure) {
        const skipped = space.idle;
        const armed = space.save();
        let fired = 0;
        for (const next of list()) {
          space.make(next);
          if (space.stage.fired) fired++;
          space.restore(armed);
        }
        expect(fired > 0).toBe(!skipped);
        if (skipped) leftOut++;
        else kept++;
      }
      space.restore(mark);
      // What may follow the failure was listed in between: the moves of this state are tried anew.
      if (failure)
        for (const other of moves.filter(one => space.op(one)[0] !== FAILALLOC)) {
          space.make(other);
          space.restore(mark);
        }
    }
    space.make(moves[0] ?? 0);
  }
  expect([leftOut > 0, kept > 0]).toEqual([true, true]);
});
