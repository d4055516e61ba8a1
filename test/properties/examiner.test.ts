// From a transcript to moments: what the examiner and its view refuse, notice and forget.
import { expect, test } from 'vitest';
import { View } from '../../properties/view.ts';
import { Rig } from '../../runner/rig.ts';
import { PRESENT, Transcript, WRITABLE } from '../../spec/transcript.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';
import { A, DATA, Machine } from './machine.ts';

test('an empty trace is held, also after one that was not', async () => {
  const rig = await Rig.open(
    modelTarget(
      'wrong',
      class extends Machine {
        override end(p: number, ended: number): void {
          super.end(p, ended);
          this.memory.used++;
        }
      },
    ),
    SMALL,
  );
  expect((await rig.run(tape(SMALL, ''))).verdict).toBe('held');
  expect((await rig.run(tape(SMALL, 'exit A status 0'))).verdict).toBe('violated');
  expect((await rig.run(tape(SMALL, ''))).verdict).toBe('held');
});

/** Stores a byte and tells nobody: only a look at everything can find it. */
class Silent extends Machine {
  override fork(by: number, child: number, into: Transcript): void {
    super.fork(by, child, into);
    this.spoil(A, DATA);
    this.memory.writtenCount = 0;
  }
}

test('a byte that no inspection mentions goes unseen until its page changes or is shown', async () => {
  const rig = await Rig.open(modelTarget('silent', Silent), SMALL);
  expect((await rig.run(tape(SMALL, 'fork A -> B'))).verdict).toBe('held');
  const found = await rig.run(tape(SMALL, 'fork A -> B\nread A data+0 length 1'));
  expect(found.verdict === 'violated' && found.violation.invariant).toBe('reply.bytes');
});

test('sections beyond the two billionth list each frame and entry once', () => {
  const view = new View(4, 3, 2);
  view.reset();
  view.epoch = 2 ** 31 - 2;
  for (let section = 0; section < 4; section++) {
    view.open();
    for (const bits of [PRESENT | WRITABLE, PRESENT]) {
      view.entry(0, 1, 5, bits);
      view.showFrame(5, 1, 0, 0);
    }
    view.settle();
    expect([view.entryCount, view.changedCount, view.frameCount, view.mapped[5]]).toEqual([1, 1, 1, 1]);
  }
});

test('the view follows entries, frames, spaces and totals', () => {
  const seen = new Transcript();
  seen.space(0, 0);
  seen.entry(0, 1, 5, PRESENT | WRITABLE);
  seen.frame(5, 1, 0, 0);
  seen.totals(1, 2);
  seen.endSection();
  seen.space(1, 1);
  seen.entry(0, 1, 5, PRESENT);
  seen.entry(1, 1, 5, PRESENT);
  seen.frame(5, 2, 0, 0);
  seen.endSection();
  seen.space(0, -1);
  seen.entry(0, 1, -1, 0);
  seen.frame(5, 1, 0, 0);
  seen.faults(3);
  seen.endSection();
  const view = new View(4, 3, 2);
  view.reset();
  view.apply(seen, 0);
  view.settle();
  expect([view.spaceOf[0], view.processOf[0], view.mapped[5], view.writers[5]]).toEqual([0, 0, 1, 1]);
  expect([view.used, view.tables, view.faults]).toEqual([1, 2, -1]);
  view.apply(seen, 1);
  view.settle();
  expect([view.mapped[5], view.writers[5], view.count[5], view.entryCount, view.frameCount]).toEqual([
    2, 0, 2, 2, 1,
  ]);
  expect([view.entriesBefore[0], view.bitsBefore[0], view.countsBefore[0], view.mappedBefore[0]]).toEqual([
    5, 3, 1, 1,
  ]);
  view.apply(seen, 2);
  view.settle();
  expect([view.spaceOf[0], view.processOf[0], view.processOf[1], view.mapped[5]]).toEqual([-1, -1, 1, 1]);
  expect([view.used, view.tables, view.faults]).toEqual([1, 2, 3]);
  view.reset();
  expect([view.used, view.mapped[5], view.count[5], view.free[5], view.spaceOf[1]]).toEqual([
    -1, 0, 0, 1, -1,
  ]);
});

test('the view refuses a transcript that makes no sense', () => {
  const refused = (write: (seen: Transcript) => void): string => {
    const seen = new Transcript();
    write(seen);
    seen.endSection();
    const view = new View(4, 3, 2);
    view.reset();
    try {
      view.apply(seen, 0);
    } catch (cause) {
      expect(cause).toBeInstanceOf(RangeError);
      return (cause as Error).message;
    }
    return 'accepted';
  };
  expect(refused(seen => seen.entry(7, 0, 1, PRESENT))).toMatchInlineSnapshot(
    `"the transcript names entry 28 of 20"`,
  );
  expect(refused(seen => seen.entry(-1, 0, 1, PRESENT))).toMatchInlineSnapshot(
    `"the transcript names entry -4 of 20"`,
  );
  expect(refused(seen => seen.entry(0, 0, 1 << 23, PRESENT))).toMatchInlineSnapshot(
    `"the transcript names frame 8388608"`,
  );
  expect(refused(seen => seen.frame(1 << 23, 1, 0, 0))).toMatchInlineSnapshot(
    `"the transcript names frame 8388608"`,
  );
  expect(
    refused(seen => {
      seen.log[seen.logLength++] = 99;
    }),
  ).toMatchInlineSnapshot(`"the transcript has a log record of unknown kind 99"`);
});

test('more names than the world has processes are followed too', async () => {
  const rig = await Rig.open(modelTarget(), SMALL);
  const many = Array.from({ length: 8 }, (_, i) => `fork A -> P${i}\nexit P${i} status 0\nwait A`).join('\n');
  expect(await rig.run(tape(SMALL, many))).toEqual({ verdict: 'held' });
  expect(await rig.run(tape(SMALL, 'fork A -> B'))).toEqual({ verdict: 'held' });
});
