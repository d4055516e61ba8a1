// The copy-on-write model: swap, merging, huge pages, lazy freeing, advice about fork, mremap, in hand-written histories.
import { describe, expect, test } from 'vitest';
import { SWAPPED } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import type { CowMachine } from '../../model/cow/machine.ts';
import { counts, run, table, totals } from './driver.ts';
import { SMALL } from './worlds.ts';

const [A, B] = [0, 1];
const MAPPED: World = { ...SMALL, spare: { map: 2 } };

/** Counts of the slots in use. */
const slots = ({ memory }: CowMachine): readonly number[] =>
  [...memory.count.subarray(memory.slots)].filter(count => count > 0);

describe('swap', () => {
  test('takes a shared frame from all its holders, and each brings it back for itself', () => {
    const m = run(SMALL, 'fork A -> B : forked B 0\nswapout A data+0 : ok');
    expect([table(m, A), counts(m), slots(m), totals(m)]).toEqual([
      '8x - 1~ -',
      '0 2 0 0 0 0 0 0 3',
      [2],
      [1, 4],
    ]);
    const back = run(
      SMALL,
      `fork A -> B : forked B 0
       swapout A data+0 : ok
       write A data+0 length 1 = 9 : ok
       read B data+0 length 2 : bytes 20 21
       read A data+0 length 2 : bytes 09 21`,
    );
    expect([table(back, A), table(back, B), slots(back)]).toEqual(['8x 0w 1~ -', '8x 2~ 1~ -', []]);
  });

  test('lets a child share the slot, and every way to let go gives it back', () => {
    const swapped = 'swapout A data+0 : ok\nfork A -> B : forked B 0';
    expect(slots(run(SMALL, swapped))).toEqual([2]);
    for (const end of [
      'exit B status 0 : ok',
      'munmap B data+0 pages 1 : ok',
      'madvise B data+0 pages 1 dontneed : ok',
    ])
      expect(slots(run(SMALL, `${swapped}\n${end}\nswapin A data+0 : ok`)), end).toEqual([]);
  });

  test('brings a page back without a frame to spare: refused, or the process dies of it', () => {
    const none = 'swapout A data+0 : ok\nfailalloc nth 1 : ok';
    run(SMALL, `${none}\nswapin A data+0 : refused memory !\nread A data+0 length 1 : bytes 20`);
    run(SMALL, `${none}\nkread A data+0 length 1 : refused memory !`);
    run(SMALL, `${none}\nread A data+0 length 1 : killed memory !`);
  });

  test('leaves alone what is not private data, and refuses where nothing is', () => {
    const m = run(
      SMALL,
      'swapout A text+0 : ok\nswapout A bss+0 : refused range\nswapout A max : refused range',
    );
    expect(m.bits.some(bits => (bits & SWAPPED) !== 0)).toBe(false);
  });
});

describe('merging', () => {
  test('gives two equal pages one frame, copy-on-write, and a store parts them', () => {
    const equal = 'fork A -> B : forked B 0\nunmerge A data+0 : ok';
    expect(counts(run(SMALL, equal))).toBe('1 2 1 0 0 0 0 0 3');
    const m = run(SMALL, `${equal}\nmerge A data+0 : ok`);
    expect([table(m, A), table(m, B), counts(m)]).toEqual(['8x 0~ 1~ -', '8x 0~ 1~ -', '2 2 0 0 0 0 0 0 3']);
    run(
      SMALL,
      `${equal}
       merge A data+0 : ok
       write A data+0 length 1 = 9 : ok
       read B data+0 length 1 : bytes 20`,
    );
  });

  test('wants every byte equal, and parting to have memory', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       write A data+7 length 1 = 9 : ok
       merge A data+0 : ok
       merge B data+0 : ok`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 2w 1~ -', '8x 0~ 1~ -']);
    run(SMALL, 'fork A -> B : forked B 0\nfailalloc nth 1 : ok\nunmerge A data+0 : refused memory !');
  });
});

describe('huge pages', () => {
  test('a store to one that is shared copies a small page', () => {
    const m = run(
      SMALL,
      `collapse A data+0 : ok
       fork A -> B : forked B 0
       write B data+8 length 1 = 9 : ok
       read A data+8 length 1 : bytes 3f`,
    );
    expect([table(m, A), table(m, B), counts(m)]).toEqual(['8x 0~ 1~ -', '8x 0~ 2w -', '2 1 1 0 0 0 0 0 3']);
  });

  test('collapse copies the parts that others hold', () => {
    const m = run(SMALL, 'fork A -> B : forked B 0\ncollapse B data+8 : ok');
    expect([table(m, A), table(m, B)]).toEqual(['8x 0~ 1~ -', '8x 2w 3w -']);
    run(SMALL, 'fork A -> B : forked B 0\nfailalloc nth 2 : ok\ncollapse A data+0 : refused memory !');
  });
});

describe('lazy freeing', () => {
  const freed = 'madvise A data+0 pages 1 free : ok';

  test('loses the page when it is taken, and not before', () => {
    run(SMALL, `${freed}\nread A data+0 length 2 : bytes 20 21`);
    const m = run(SMALL, `${freed}\nswapout A data+0 : ok\nread A data+0 length 2 : bytes 00 00`);
    expect([totals(m)[0], slots(m)]).toEqual([1, []]);
  });

  test('ends with a store, and spares what others hold', () => {
    run(
      SMALL,
      `${freed}\nwrite A data+1 length 1 = 9 : ok\nswapout A data+0 : ok\nread A data+0 length 2 : bytes 20 09`,
    );
    run(
      SMALL,
      `fork A -> B : forked B 0
       ${freed}
       swapout A data+0 : ok
       read A data+0 length 1 : bytes 20
       read B data+0 length 1 : bytes 20`,
    );
  });

  test('is for private anonymous pages, and so is wiping', () => {
    for (const advice of ['free', 'wipeonfork'])
      run(
        MAPPED,
        `mmap A map+0 pages 1 shared rw : ok
         madvise A map+0 pages 1 ${advice} : refused range
         madvise A text+0 pages 1 ${advice} : refused range
         madvise A data+0 pages 3 ${advice} : refused range`,
      );
  });
});

describe('advice about fork', () => {
  test('keeps a page from children, until it is shown again', () => {
    run(
      SMALL,
      `madvise A data+0 pages 1 dontfork : ok
       fork A -> B : forked B 0
       read B data+0 length 1 : killed access
       madvise A data+0 pages 1 dofork : ok
       fork A -> C : forked C 0
       read C data+0 length 1 : bytes 20`,
    );
  });

  test('wipes a page in children and grandchildren', () => {
    run(
      SMALL,
      `madvise A data+0 pages 1 wipeonfork : ok
       fork A -> B : forked B 0
       read B data+0 length 1 : bytes 00
       write B data+0 length 1 = 9 : ok
       fork B -> C : forked C 0
       read C data+0 length 1 : bytes 00
       read A data+0 length 1 : bytes 20
       madvise B data+0 pages 1 keeponfork : ok
       fork B -> D : forked D 0
       read D data+0 length 1 : bytes 09`,
    );
  });
});

describe('mremap', () => {
  test('moves the page with its bytes, its frame and its sharing', () => {
    const m = run(
      MAPPED,
      `fork A -> B : forked B 0
       mremap A data+8 pages 1 to map+0 : ok
       read A map+0 length 1 : bytes 3f
       write A map+0 length 1 = 9 : ok
       read B data+8 length 1 : bytes 3f
       read A data+8 length 1 : killed access`,
    );
    expect(table(m, B)).toBe('8x 0~ 1~ - - -');
  });

  test('takes anonymous pages, and room that is free', () => {
    run(
      MAPPED,
      `mmap A map+0 pages 1 private-file rw : ok
       mremap A text+0 pages 1 to map+8 : refused range
       mremap A map+0 pages 1 to map+8 : refused range
       mremap A data+0 pages 1 to map+0 : refused range
       mremap A data+0 pages 1 to bss+0 : refused range
       mremap A data+0 pages 2 to map+8 : refused range
       mremap A data+1 pages 1 to map+8 : refused range
       mremap A data+0 pages 1 to map+8 : ok`,
    );
  });
});
