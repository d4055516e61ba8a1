// The copy-on-write model: pins and what devices do through them, in hand-written histories.
import { describe, expect, test } from 'vitest';
import { counts, run, table } from './driver.ts';
import { SMALL } from './worlds.ts';

const [A, B] = [0, 1];

describe('a pin', () => {
  test('of a page of one owner takes a reference and copies nothing', () => {
    const m = run(
      SMALL,
      `pin A data+0 write -> pin1 : ok
       dma pin1 offset 1 length 2 = 513 : ok
       read A data+0 length 4 : bytes 20 01 02 23
       write A data+0 length 1 = 9 : ok`,
    );
    expect([table(m, A), counts(m)]).toEqual(['8x 0w 1w -', '2 1 0 0 0 0 0 0 2']);
  });

  test('for loads gives a shared page a frame of its own first', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       pin B data+0 read -> pin1 : ok
       write A data+0 length 1 = 9 : ok
       dma pin1 offset 0 length 2 = 0 : bytes 20 21
       write B data+0 length 1 = 7 : ok
       dma pin1 offset 0 length 2 = 0 : bytes 07 21`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 0w 1~ -', '8x 2w 1~ -']);
  });

  test('of text is a pin of a copy, and the permissions stay', () => {
    const m = run(
      SMALL,
      `pin A text+0 read -> pin1 : ok
       dma pin1 offset 0 length 2 = 0 : bytes 01 02
       pin A text+0 write -> pin2 : fault after 0
       write A text+0 length 1 = 9 : killed access`,
    );
    expect(counts(m)).toBe('0 0 1 0 0 0 0 0 1');
  });

  test('makes fork copy at once, and the owner stays with its device', () => {
    const m = run(
      SMALL,
      `pin A data+0 write -> pin1 : ok
       fork A -> B : forked B 0
       write A data+0 length 1 = 9 : ok
       dma pin1 offset 1 length 1 = 7 : ok
       read A data+0 length 2 : bytes 09 07
       read B data+0 length 2 : bytes 20 21`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 0w 1~ -', '8x 2w 1~ -']);
  });

  test('outlives the mapping and the process; the frame comes back when it is given back', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       pin B data+0 read -> pin1 : ok
       munmap B data+0 pages 1 : ok
       exit B status 0 : ok
       write A data+0 length 1 = 9 : ok
       dma pin1 offset 0 length 2 = 0 : bytes 20 21`,
    );
    expect(counts(m)).toBe('1 1 1 0 0 0 0 0 2');
    const back = run(SMALL, 'pin A data+0 read -> pin1 : ok\nunpin pin1 : ok\nunpin pin1 : absent');
    expect(counts(back)).toBe('1 1 0 0 0 0 0 0 2');
  });

  test('has a handle of its own, and its device stays in the page', () => {
    run(
      SMALL,
      `dma pin1 offset 0 length 1 = 0 : absent
       pin A data+0 write -> pin1 : ok
       pin A data+8 read -> pin1 : taken
       dma pin1 offset 6 length 3 = 0 : refused range
       pin A bss+0 read -> pin2 : fault after 0
       pin A max read -> pin2 : fault after 0`,
    );
  });

  test('keeps its frame from the swapper and from the scanner', () => {
    const m = run(
      SMALL,
      `pin A data+0 read -> pin1 : ok
       fork A -> B : forked B 0
       swapout A data+0 : ok
       merge A data+0 : ok
       merge B data+0 : ok
       collapse A data+0 : ok`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 0w 1~ -', '8x 2w 1~ -']);
  });

  test('that gets no memory changes nothing', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       failalloc nth 1 : ok
       pin A data+0 write -> pin1 : refused memory !
       failalloc nth 1 : ok
       pin A data+0 read -> pin1 : refused memory !`,
    );
    expect(counts(m)).toBe('2 2 0 0 0 0 0 0 3');
  });
});

describe('a count that is full', () => {
  test('makes fork copy the page instead of sharing it', () => {
    const m = run(
      { ...SMALL, countBits: 2 },
      `fork A -> B : forked B 0
       fork A -> C : forked C 0
       fork A -> D : forked D 0
       write D data+0 length 1 = 9 : ok
       read A data+0 length 1 : bytes 20`,
    );
    expect(counts(m)).toBe('3 3 1 1 0 0 0 0 5');
  });
});
