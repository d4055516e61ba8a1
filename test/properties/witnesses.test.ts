// Every witness turns up in one history and stays away from one that nearly has it.
import { expect, test } from 'vitest';
import { WITNESSES } from '../../properties/witnesses.ts';
import { Rig } from '../../runner/rig.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';

/** The witness, a history that shows it, one that does not. */
const HISTORIES: readonly (readonly [id: string, shows: string, shows_not: string])[] = [
  ['a fork shared a frame', 'fork A -> B', 'vfork A -> B'],
  [
    'a write broke a shared page',
    'fork A -> B\nwrite B data+0 length 1 = 9',
    'fork A -> B\nkwrite B data+0 length 1 = 9\nwrite A data+0 length 1 = 9\nwrite A data+0 length 1 = 9',
  ],
  [
    'a kernel write broke a shared page',
    'fork A -> B\nkwrite B data+0 length 1 = 9',
    'fork A -> B\nwrite B data+0 length 1 = 9\nkwrite A data+0 length 1 = 9',
  ],
  [
    'a last holder wrote its frame in place',
    'fork A -> B\nwrite B data+0 length 1 = 9\nwrite A data+0 length 1 = 9',
    'fork A -> B\nwrite B data+0 length 1 = 9\nwrite B data+0 length 1 = 9\nread A data+0 length 1',
  ],
  ['three processes shared a frame', 'fork A -> B\nfork B -> C', 'fork A -> B\nexit B status 0\nfork A -> C'],
  [
    'a process wrote while it had relatives',
    'fork A -> B\nwrite A data+0 length 1 = 9',
    'write A data+0 length 1 = 9\nfork A -> B\nwrite B text+0 length 1 = 9',
  ],
  [
    'a relative read after that',
    'fork A -> B\nread B data+0 length 1',
    'read A data+0 length 1\nfork A -> B\nread B max length 1',
  ],
  [
    'an orphan went to init',
    'fork A -> B\nfork B -> C\nexit B status 0',
    'fork A -> B\nfork B -> C\nexit C status 0\nexit B status 0',
  ],
  [
    'a zombie was waited for',
    'fork A -> B\nexit B status 0\nwait A',
    'fork A -> B\nwait A\nexit B status 0\nwait A into max',
  ],
  [
    'an op failed for want of memory',
    'failalloc nth 1\nfork A -> B',
    'exec A image 7 execv argument 1\nfork A -> B\nread B max length 1\nfailalloc nth 1\nread A data+0 length 1',
  ],
];

async function seen(id: string, history: string): Promise<boolean> {
  const rig = await Rig.open(modelTarget(), SMALL);
  expect(await rig.run(tape(SMALL, history))).toEqual({ verdict: 'held' });
  const index = rig.examiner.witnesses.findIndex(witness => witness.id === id);
  return (rig.examiner.witnessHits[index] ?? 0) > 0;
}

test('every witness has its histories', () => {
  expect(HISTORIES.map(([id]) => id).sort()).toEqual(WITNESSES.map(({ id }) => id).sort());
});

test.each(HISTORIES)('%s', async (id, shows, showsNot) => {
  expect(await seen(id, shows), shows).toBe(true);
  expect(await seen(id, showsNot), showsNot).toBe(false);
});
