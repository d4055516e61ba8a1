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
    'a page came back from its slot',
    'swapout A data+0\nread A data+0 length 1',
    'swapout A data+0\nexit A status 0',
  ],
  ['two processes held one slot', 'swapout A data+0\nfork A -> B', 'fork A -> B\nswapout A text+0'],
  [
    'two pages were merged',
    'fork A -> B\nexec A image 0 execve argument 0\nmerge B data+0',
    'fork A -> B\nmerge B data+0',
  ],
  ['a merged page was parted', 'fork A -> B\nunmerge A data+0', 'unmerge A data+0'],
  [
    'a huge page was broken',
    'collapse A data+0\nfork A -> B\nwrite A data+0 length 1 = 9',
    'collapse A data+0\nsplit A data+0\nfork A -> B\nwrite A data+0 length 1 = 9',
  ],
  [
    'a freed page was taken',
    'madvise A data+0 pages 1 free\nswapout A data+0',
    'madvise A data+0 pages 1 free\nwrite A data+0 length 1 = 9\nswapout A data+0',
  ],
  [
    'a fork copied a pinned page',
    'pin A data+0 read -> pin1\nfork A -> B',
    'pin A data+0 read -> pin1\nunpin pin1\nfork A -> B',
  ],
  [
    'a pin outlived its process',
    'pin A data+0 read -> pin1\nexit A status 0',
    'pin A data+0 read -> pin1\nunpin pin1\nexit A status 0',
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
