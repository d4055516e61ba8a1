// The stepped machine, driven by hand: what a step does to frames, tables and caches, and who has to wait.
import { describe, expect, test } from 'vitest';
import { columns } from '../../../report/interleaving.ts';
import { DEAD, frameOf, LIVE, type InterleavingScope } from '../../../spec/interleaving.ts';
import { BREAK, by, FORK, namesOf, perform } from './driver.ts';

const EXIT = ['exit: lock', 'clear', 'drop', 'unlock'];
const REUSE = ['store fault: lock', 'look up', 'read count', 'make writable', 'flush local', 'unlock'];

const TWO: InterleavingScope = { cpus: 2, procs: 2, pages: 1, frames: 3, values: 2, threads: 2 };
const ONE: InterleavingScope = { ...TWO, cpus: 1, threads: 1 };

const text = (...args: Parameters<typeof perform>): string =>
  `\n${columns(perform(...args).history).join('\n')}\n`;

describe('a history in columns', () => {
  test('a fork, a thread that reads, and a break', () => {
    expect(text(TWO, ['fork'], [...by(0, FORK), '1 fill', ...by(0, BREAK), '1 fill', '1 store'])).toBe(`
start: A.0 = f0 rw; all pages read 0; CPU 0 runs A; CPU 1 runs A
      CPU 0                                        CPU 1
   1  fork: lock A: B is being made
   2  share: A.0 = f0 r, B.0 = f0 r, f0 counted 2
   3  flush local
   4  flush remote
   5  unlock A: B lives
   6                                               fill: tlb A.0 = f0 r
   7  store fault A.0: lock A
   8  look up: A.0 is f0 r
   9  read count: f0 counted 2
  10  allocate: f1 counted 1, f1 taken
  11  copy: f1 holds 0
  12  clear: A.0 = absent
  13  flush local
  14  flush remote: tlb of CPU 1 empty
  15  install: A.0 = f1 rw
  16  drop: f0 counted 1
  17  unlock A
  18                                               fill: tlb A.0 = f1 rw
  19                                               store: f1 holds 1
`);
  });

  test('a child that exits, and a last owner that stores in place', () => {
    expect(text(ONE, ['fork', 'exit'], by(0, [...FORK, 'run', ...EXIT, 'run', ...REUSE]))).toBe(`
start: A.0 = f0 rw; all pages read 0; CPU 0 runs A
      CPU 0
   1  fork: lock A: B is being made
   2  share: A.0 = f0 r, B.0 = f0 r, f0 counted 2
   3  flush local
   4  flush remote
   5  unlock A: B lives
   6  run: runs B
   7  exit: lock B: B lets nobody in
   8  clear: B.0 = absent
   9  drop: f0 counted 1
  10  unlock B: runs nothing, B is gone
  11  run: runs A
  12  store fault A.0: lock A
  13  look up: A.0 is f0 r
  14  read count: f0 counted 1
  15  make writable: A.0 = f0 rw
  16  flush local
  17  unlock A
`);
  });

  test('a discard, and a kernel write to the page that is absent then', () => {
    const discard = ['discard: lock', 'clear', 'flush local', 'flush remote', 'drop', 'unlock'];
    const kwrite = ['kwrite: lock', 'look up', 'allocate', 'copy', 'install', 'kernel store', 'unlock'];
    expect(
      text(
        ONE,
        ['discard', 'kwrite'],
        by(0, [...discard, 'load fault: lock', 'look up', 'install zero', 'unlock']),
      ),
    ).toBe(`
start: A.0 = f0 rw; all pages read 0; CPU 0 runs A
      CPU 0
   1  discard A.0: lock A
   2  clear: A.0 = absent
   3  flush local
   4  flush remote
   5  drop: f0 counted 0, f0 free
   6  unlock A
   7  load fault A.0: lock A
   8  look up: A.0 is absent
   9  install zero: A.0 = z r, z counted 2
  10  unlock A
`);
    expect(
      text(ONE, ['discard', 'kwrite'], by(0, [...discard, ...kwrite]))
        .split('\n')
        .slice(9),
    ).toEqual([
      '   7  kwrite A.0 = 1: lock A',
      '   8  look up: A.0 is absent',
      '   9  allocate: f0 counted 1, f0 taken',
      '  10  copy: f0 holds 0',
      '  11  install: A.0 = f0 rw',
      '  12  kernel store: f0 holds 1',
      '  13  unlock A',
      '',
    ]);
  });
});

describe('who has to wait', () => {
  test('a second thread of the same space; not another space', () => {
    const { machine } = perform(
      { ...TWO, cpus: 3, threads: 2 },
      ['fork'],
      [...by(0, FORK), '2 run', '0 store fault: lock'],
    );
    expect(machine.running[2]).toBe(2);
    expect(namesOf(machine, 1)).not.toContain('store fault: lock');
    expect(namesOf(machine, 2)).toContain('store fault: lock');
    expect(machine.waits(0)).toBe(false);
  });

  test('exec and exit, until the other threads are gone', () => {
    const { machine } = perform(TWO, ['exec', 'exit'], []);
    expect(namesOf(machine, 0)).not.toContain('exit: lock');
    expect(namesOf(machine, 0)).not.toContain('exec: lock');
    expect(namesOf(perform(TWO, ['exec', 'exit'], ['1 idle']).machine, 0)).toContain('exit: lock');
  });

  test('nobody comes into a space that ends', () => {
    const { machine } = perform(TWO, ['exit'], ['1 idle', '0 exit: lock']);
    expect(namesOf(machine, 1)).toEqual([]);
  });
});

describe('without a frame', () => {
  const last: InterleavingScope = { ...ONE, frames: 1 };

  test('a fault is given up and changes nothing', () => {
    const { machine } = perform(
      last,
      ['fork'],
      by(0, [...FORK, 'store fault: lock', 'look up', 'read count', 'allocate', 'unlock']),
    );
    expect([...machine.count]).toEqual([2, 1]);
    expect(frameOf(machine.entry[0] ?? 0)).toBe(0);
    expect(machine.locked[0]).toBe(0);
    expect(namesOf(machine, 0)).toContain('store fault: lock');
  });

  test('a fork of a pinned page is undone, and its parent flushed', () => {
    const scope = { ...last, pages: 2, frames: 2 };
    const pin = ['pin: lock', 'look up', 'flush local', 'pin frame', 'unlock'];
    const { machine } = perform(
      scope,
      ['fork', 'pin'],
      by(0, [
        ...pin,
        'fork: lock',
        'share',
        'share',
        'allocate',
        'undo',
        'undo',
        'flush local',
        'flush remote',
        'unlock',
      ]),
    );
    expect([...machine.life]).toEqual([LIVE, DEAD]);
    expect([...machine.count]).toEqual([1, 2, 1]);
    expect([...machine.entry.subarray(2)]).toEqual([0, 0]);
    expect(machine.locked[0]).toBe(0);
  });
});

test('the last bytes of a state are its own', () => {
  const { machine } = perform(TWO, [], []);
  expect(machine.mishap.byteOffset + 1).toBe(machine.bytes.length);
  expect(machine.mishap).toHaveLength(1);
});

test('an op that does not exist is no move', () => {
  expect(() => perform(TWO, [], ['0 fork: lock'])).toThrow('CPU 0 cannot fork: lock: it can fill, idle');
});
