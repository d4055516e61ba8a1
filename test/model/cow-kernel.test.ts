// The copy-on-write model: what the kernel does for a process, wait, and families, in hand-written histories.
import { describe, expect, test } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import { Transcript } from '../../spec/transcript.ts';
import { counts, run, table, totals } from './driver.ts';
import { SMALL, withFrames } from './worlds.ts';

const [A, B] = [0, 1];

describe('kernel access', () => {
  test('a write over two pages breaks both, and no sharer sees it', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       kwrite B data+6 length 4 = 67305985 : ok
       kread B data+4 length 8 : bytes 24 25 01 02 03 04 41 42
       kread A data+4 length 8 : bytes 24 25 26 27 3f 40 41 42`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 0~ 1~ -', '8x 2w 3w -']);
  });

  test('a write that ends in a bad page leaves the good part', () => {
    run(
      SMALL,
      `kwrite A data+13 length 7 = 67305985 : fault after 3
       read A data+12 length 4 : bytes 43 01 02 03`,
    );
    run(SMALL, 'kwrite A text+0 length 9 = 1 : fault after 0\nread A data+0 length 1 : bytes 20');
  });

  test('a read over a bad page gives nothing and separates no page', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       kread B data+13 length 7 : fault after 0
       kread B text+6 length 4 : bytes 07 08 20 21`,
    );
    expect(counts(m)).toBe('2 2 0 0 0 0 0 0 3');
  });
});

describe('wait', () => {
  test('stores the status over two pages, in the memory of the waiter alone', () => {
    run(
      SMALL,
      `fork A -> B : forked B 0
       fork A -> C : forked C 0
       exit B status 7 : ok
       wait A into data+6 : reaped B 7
       kread A data+4 length 8 : bytes 24 25 07 00 00 00 41 42
       kread C data+4 length 8 : bytes 24 25 26 27 3f 40 41 42`,
    );
  });

  test('stores -1 for a child that was killed', () => {
    run(
      SMALL,
      `fork A -> B : forked B 0
       kill A B : ok
       wait A into data+0 : reaped B killed
       read A data+0 length 5 : bytes ff ff ff ff 24`,
    );
  });

  test('at a bad address leaves the zombie and stores nothing', () => {
    run(
      SMALL,
      `fork A -> B : forked B 0
       exit B status 7 : ok
       wait A into text+0 : fault after 0
       wait A into data+14 : fault after 0
       read A data+14 length 2 : bytes 45 46
       wait A : reaped B 7`,
    );
  });

  test('without memory for the status leaves the zombie', () => {
    run(
      withFrames(2),
      `fork A -> B : forked B 0
       fork A -> C : forked C 0
       exit B status 7 : ok
       wait A into data+0 : refused memory
       exit C status 8 : ok
       wait A into data+0 : reaped B 7`,
    );
  });

  test('tells running children from none', () => {
    run(
      SMALL,
      `wait A : no-child
       fork A -> B : forked B 0
       wait A : running
       wait B : no-child
       exit B status 0 : ok
       wait A : reaped B 0
       wait A : no-child`,
    );
  });
});

describe('families', () => {
  test('a name is free again once its process is gone, and not before', () => {
    run(
      SMALL,
      `fork A -> A : taken
       fork A -> B : forked B 0
       fork B -> B : taken
       exit B status 1 : ok
       fork A -> B : taken
       kill A B : ok
       wait A : reaped B 1
       kill A B : absent
       fork A -> B : forked B 0`,
    );
  });

  test('orphans go to init, which waits for them at once', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       fork B -> C : forked C 0
       fork C -> D : forked D 0
       exit C status 1 : ok
       exit B status 2 : ok
       wait A : reaped B 2
       wait A : no-child
       fork A -> C : forked C 0
       exit D status 3 : ok
       fork A -> D : forked D 0`,
    );
    expect(m.processes).toBe(3);
  });

  test('a process may kill itself, its parent and its child', () => {
    run(
      SMALL,
      `fork A -> B : forked B 0
       kill B B : ok
       read B data+0 length 1 : absent
       wait A : reaped B killed
       fork A -> B : forked B 0
       kill B A : ok
       read A data+0 length 1 : absent
       read B data+0 length 1 : bytes 20`,
    );
  });

  test('when everybody has gone, every frame and table is back', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       vfork B -> C : forked C 0
       exec C image 2 execlp argument 1 : executed 2 1 0
       write B data+0 length 8 = 1 : ok
       fork C -> D : forked D 0
       kwrite D data+0 length 8 = 1 : ok
       exit A status 0 : ok
       kill C D : ok
       exit C status 0 : ok
       exit B status 0 : ok
       read A data+0 length 1 : absent`,
    );
    expect([counts(m), totals(m), m.processes]).toEqual(['0 0 0 0 0 0 0 0 1', [0, 0], 0]);
    m.reset();
    expect([table(m, A), counts(m), totals(m)]).toEqual(['8x 0w 1w -', '1 1 0 0 0 0 0 0 2', [2, 2]]);
    run(SMALL, 'read A data+0 length 2 : bytes 20 21\nread B data+0 length 1 : absent', m);
  });

  test('an op code the model does not know is a mistake, not an answer', () => {
    const unknown = Int32Array.of(99, 0, 0, 0, 0, 0, 0, 0);
    expect(() => new CowMachine(SMALL, 2).step(unknown, 0, new Transcript())).toThrow(RangeError);
  });
});

test('what an op changed is listed once, and forgotten on request', () => {
  const m = run(
    SMALL,
    `fork A -> B : forked B 0
     write B data+0 length 1 = 9 : ok
     write B data+0 length 1 = 8 : ok
     kwrite B data+0 length 1 = 7 : ok
     exit B status 0 : ok`,
  );
  const lists = [
    m.changed.subarray(0, m.changedCount),
    m.memory.changed.subarray(0, m.memory.changedCount),
    m.memory.written.subarray(0, m.memory.writtenCount),
  ];
  for (const list of lists) expect(new Set(list).size).toBe(list.length);
  // All frames and entries but the holes of two processes: A and B came and were changed.
  expect(lists.map(list => list.length)).toEqual([6, 4, 3]);
  m.forget();
  expect([m.changedCount, m.memory.changedCount, m.memory.writtenCount, m.movedCount]).toEqual([0, 0, 0, 0]);
});
