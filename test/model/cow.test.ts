// The copy-on-write model: sharing, breaking, vfork, exec and exhaustion in hand-written histories.
import { describe, expect, test } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import type { World } from '../../spec/world.ts';
import { counts, run, table, totals } from './driver.ts';
import { SMALL, withFrames } from './worlds.ts';

const [A, B, C] = [0, 1, 2];

describe('sharing and breaking', () => {
  test('fork shares every frame and makes writable pages copy-on-write on both sides', () => {
    const m = run(SMALL, 'fork A -> B : forked B 0');
    expect([table(m, A), table(m, B)]).toEqual(['8x 0~ 1~ -', '8x 0~ 1~ -']);
    expect(counts(m)).toBe('2 2 0 0 0 0 0 0 3');
    expect(totals(m)).toEqual([2, 4]);
  });

  test('a write to a shared page gets a copy; the other keeps the frame and its bytes', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       write B data+1 length 2 = 2571 : ok
       read B data+0 length 4 : bytes 20 0b 0a 23
       read A data+0 length 4 : bytes 20 21 22 23`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 0~ 1~ -', '8x 2w 1~ -']);
    expect(counts(m)).toBe('1 2 1 0 0 0 0 0 3');
    expect(totals(m)).toEqual([3, 4]);
  });

  test('the last owner writes its frame in place, without an allocation', () => {
    const m = run(SMALL, 'fork A -> B : forked B 0\nwrite B data+0 length 1 = 9 : ok');
    const before = m.memory.allocations;
    run(SMALL, 'write A data+0 length 1 = 7 : ok\nread A data+0 length 2 : bytes 07 21', m);
    expect(m.memory.allocations).toBe(before);
    expect(table(m, A)).toBe('8x 0w 1~ -');
  });

  test('a page goes on being shared by three after one of four has left it', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       fork B -> C : forked C 0
       fork A -> D : forked D 0
       write C data+0 length 1 = 1 : ok`,
    );
    expect([A, B, C, 3].map(p => table(m, p))).toEqual([
      '8x 0~ 1~ -',
      '8x 0~ 1~ -',
      '8x 2w 1~ -',
      '8x 0~ 1~ -',
    ]);
    expect(counts(m)).toBe('3 4 1 0 0 0 0 0 5');
  });

  test('a read of a text page is served, a write to it kills', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       read B text+0 length 3 : bytes 01 02 03
       write B text+0 length 1 = 9 : killed access
       read B text+0 length 1 : absent
       read A text+0 length 1 : bytes 01
       wait A : reaped B killed`,
    );
    expect(counts(m)).toBe('1 1 0 0 0 0 0 0 2');
  });

  test.each(['bss+0', 'null', 'size', 'max-1', 'max', 'beyond'])('an access to %s kills', where => {
    run(
      SMALL,
      `fork A -> B : forked B 0\nread B ${where} length 1 : killed access\nwait A : reaped B killed`,
    );
    run(SMALL, `fork A -> B : forked B 0\nwrite B ${where} length 1 = 1 : killed access`);
    run(SMALL, `kread A ${where} length 1 : fault after 0\nkwrite A ${where} length 1 = 1 : fault after 0`);
  });

  test('a long read is answered by its digest', () => {
    const world: World = { pageSize: 128, processes: 1, images: [{ name: 'a', bss: 2 }] };
    // FNV-1a of n zero bytes is its offset basis times its prime to the n.
    const zeros = (n: bigint): string => ((0x811c9dc5n * 0x01000193n ** n) % 2n ** 32n).toString(16);
    run(
      world,
      `read A bss+0 length 128 : digest ${zeros(128n)}
       kread A bss+100 length 65 : digest ${zeros(65n)}
       read A bss+0 length 64 : bytes ${new Array(64).fill('00').join(' ')}`,
    );
  });
});

describe('vfork', () => {
  test('suspends the parent, shares its memory, and leaves the writes there', () => {
    const m = run(
      SMALL,
      `vfork A -> B : forked B 0
       read A data+0 length 1 : suspended
       write B data+0 length 2 = 513 : ok
       fork A -> C : suspended`,
    );
    expect(m.spaceOf[B]).toBe(m.spaceOf[A]);
    expect(totals(m)).toEqual([2, 2]);
    run(
      SMALL,
      `vfork A -> B : forked B 0
       write B data+0 length 2 = 513 : ok
       exit B status 3 : ok
       read A data+0 length 4 : bytes 01 02 22 23
       wait A : reaped B 3`,
    );
  });

  test('ends with exec, which leaves the parent its memory', () => {
    const m = run(
      SMALL,
      `vfork A -> B : forked B 0
       exec B image 2 execve argument 5 : executed 2 5 5
       read A data+0 length 2 : bytes 20 21
       read B data+0 length 2 : bytes 42 43`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['8x 0w 1w -', '- 2w 3w -']);
  });

  test('a failed exec does not end it', () => {
    run(
      SMALL,
      `vfork A -> B : forked B 0
       exec B image 9 execve argument 5 : refused missing
       read A data+0 length 2 : suspended
       read B data+0 length 2 : bytes 20 21`,
    );
  });

  test('a kill of the suspended parent takes effect when the child execs', () => {
    const m = run(
      SMALL,
      `vfork A -> B : forked B 0
       kill B A : ok
       read A data+0 length 1 : suspended
       exec B image 2 execv argument 5 : executed 2 5 0
       read A data+0 length 1 : absent
       read B data+0 length 1 : bytes 42`,
    );
    expect(totals(m)).toEqual([2, 2]);
    run(
      SMALL,
      'exit B status 0 : ok\nexit A status 0 : absent',
      run(SMALL, 'fork A -> B : forked B 0\nexit A status 0 : ok'),
    );
  });

  test('through two generations', () => {
    run(
      SMALL,
      `vfork A -> B : forked B 0
       vfork B -> C : forked C 0
       write C data+0 length 1 = 5 : ok
       read B data+0 length 1 : suspended
       exit C status 1 : ok
       read B data+0 length 1 : bytes 05
       read A data+0 length 1 : suspended
       wait B : reaped C 1
       exit B status 2 : ok
       read A data+0 length 1 : bytes 05`,
    );
  });
});

describe('exec', () => {
  test.each([
    ['execve', 7],
    ['execv', 0],
    ['execvp', 0],
    ['execl', 0],
    ['execle', 7],
    ['execlp', 0],
  ])('%s passes an environment of %i', (variant, environment) => {
    run(SMALL, `exec A image 2 ${variant} argument 7 : executed 2 7 ${environment}`);
  });

  test('drops the old image, whoever shares it', () => {
    const m = run(
      SMALL,
      `fork A -> B : forked B 0
       exec A image 2 execve argument 1 : executed 2 1 1
       write B data+8 length 1 = 1 : ok`,
    );
    expect([table(m, A), table(m, B)]).toEqual(['- 2w 3w -', '8x 0~ 1w -']);
    expect(counts(m)).toBe('1 1 1 1 0 0 0 0 2');
  });

  test('fails without a trace when old and new image do not fit together', () => {
    const m = run(withFrames(3), 'exec A image 2 execve argument 1 : refused memory');
    expect([table(m, A), counts(m), totals(m)]).toEqual(['3x 0w 1w -', '1 1 0 2', [2, 2]]);
    run(withFrames(4), 'exec A image 2 execve argument 1 : executed 2 1 1');
  });

  test.each([1, 2, 3, 4])('fails without a trace when allocation %i of it fails', nth => {
    const m = run(
      SMALL,
      `failalloc nth ${nth} : ok
       exec A image 0 execve argument 1 : refused memory !
       read A data+0 length 2 : bytes 20 21`,
    );
    expect([table(m, A), counts(m), totals(m)]).toEqual(['8x 0w 1w -', '1 1 0 0 0 0 0 0 2', [2, 2]]);
    run(SMALL, 'exec A image 0 execve argument 1 : executed 0 1 1', m);
  });
});

describe('exhaustion', () => {
  /** Five data pages: a fork takes three table frames, the last one after four pages are shared. */
  const wide: World = { pageSize: 8, processes: 3, frames: 8, images: [{ name: 'a', data: 5 }] };

  test.each([1, 2, 3])('a fork whose allocation %i fails leaves nothing behind', nth => {
    const m = run(
      wide,
      `failalloc nth ${nth} : ok
       fork A -> B : refused memory !
       read B data+0 length 1 : absent`,
    );
    expect([counts(m), totals(m), m.processes]).toEqual(['1 1 1 1 1 0 0 0', [5, 3], 1]);
    const before = m.memory.allocations;
    run(wide, 'write A data+0 length 1 = 9 : ok\nread A data+0 length 2 : bytes 09 02', m);
    expect([m.memory.allocations, table(m, A).split(' ')[0]]).toEqual([before, '0w']);
    run(wide, 'fork A -> B : forked B 0', m);
    expect(totals(m)).toEqual([5, 6]);
  });

  test('an armed failure waits for its allocation and fires once', () => {
    run(
      wide,
      `failalloc nth 4 : ok
       fork A -> B : forked B 0
       write B data+0 length 1 = 1 : killed memory !
       wait A : reaped B killed
       fork A -> C : forked C 0`,
    );
  });

  test('a break without memory kills the writer alone and releases what it had', () => {
    const m = run(
      withFrames(2),
      `fork A -> B : forked B 0
       write B data+0 length 1 = 9 : killed memory
       read A data+0 length 2 : bytes 20 21
       write A data+0 length 1 = 5 : ok
       wait A : reaped B killed`,
    );
    expect([table(m, A), counts(m), totals(m)]).toEqual(['2x 0w 1~ -', '1 1 2', [2, 2]]);
  });

  test('a kernel write without memory is refused, with the bytes that stand', () => {
    const m = run(
      withFrames(3),
      `fork A -> B : forked B 0
       kwrite B data+6 length 4 = 67305985 : refused memory after 2
       kread B data+4 length 8 : bytes 24 25 01 02 3f 40 41 42
       kread A data+4 length 8 : bytes 24 25 26 27 3f 40 41 42`,
    );
    expect(counts(m)).toBe('1 2 1 3');
  });

  test('a fork for which there is no room in the process table is refused', () => {
    run(
      wide,
      `fork A -> B : forked B 0
       fork A -> C : forked C 0
       fork A -> D : refused processes
       vfork A -> D : refused processes
       exit B status 0 : ok
       fork A -> D : refused processes
       wait A : reaped B 0
       fork A -> D : forked D 0`,
    );
  });

  test('a world too small for its first image is refused', () => {
    expect(() => new CowMachine(withFrames(1), 2)).toThrowErrorMatchingInlineSnapshot(
      `[RangeError: a world needs at least 2 frames for its first image]`,
    );
  });
});

test('a new run finds memory as the first one did, whatever the last one did to it', () => {
  const m = run(SMALL, 'write A data+0 length 8 = 1 : ok\nfork A -> B : forked B 0');
  m.memory.words.fill(7);
  m.reset();
  const fresh = new CowMachine(SMALL, 6);
  expect([...m.memory.bytes]).toEqual([...fresh.memory.bytes]);
  run(SMALL, 'read A text+0 length 2 : bytes 01 02\nread A data+0 length 2 : bytes 20 21', m);
});
