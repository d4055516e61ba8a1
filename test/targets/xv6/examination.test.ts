// The examination over a made-up kernel: what is right is held to be right, and each kind of damage is seen.
import { describe, expect, test } from 'vitest';
import { frameAt, PAGE } from '../../../targets/xv6/memory.ts';
import {
  asked,
  BASE,
  COUNTED,
  COUNTS_AT,
  FIRST,
  FRAMES,
  HEAD_AT,
  type Making,
  PROC,
  R,
  Scene,
  TABLE_AT,
  U,
  W,
  whats,
  X,
} from './memory.ts';

const NUMBER = BASE / PAGE;

describe('a kernel that is right', () => {
  test('is understood, and its processes are read', () => {
    const kernel = new Scene().kernel();
    expect(kernel.missing()).toEqual([]);
    expect(kernel.firstFrame).toBe(FIRST);
    expect(
      kernel.processes().map(({ pid, state, name, parent, owns }) => ({ pid, state, name, parent, owns })),
    ).toEqual([
      { pid: 1, state: 'sleeping', name: 'init', parent: -1, owns: [] },
      ...[3, 4, 5].map(pid => ({ pid, state: 'sleeping', name: 'cow0', parent: 0, owns: [] })),
    ]);
    expect(kernel.stateOf(4)).toBe('sleeping');
    expect(kernel.stateOf(9)).toBe('unused');
  });

  test('is quiet unless another than the polling process runs', () => {
    const scene = new Scene();
    const kernel = scene.kernel();
    expect(kernel.quiescent(1)).toBe(true);
    scene.made.u32(TABLE_AT + 24, 4);
    expect(kernel.quiescent(1)).toBe(true);
    expect(kernel.quiescent(3)).toBe(false);
    scene.made.u32(TABLE_AT + 24, 1);
    expect(kernel.quiescent(3)).toBe(false);
  });

  test('shows pages, permissions, totals, counts and no damage', () => {
    const scene = new Scene();
    const examination = scene.examination();
    const seen = scene.look(examination);
    expect(seen.damage).toEqual([]);
    expect(seen.lost).toEqual([]);
    expect(seen.strangers).toEqual([]);
    expect(seen.free).toBe(scene.vacant.length);
    expect(seen.used).toBe(5 + 3 + 3 + 9);
    expect(seen.tables).toBe(3 * 5);
    const [first] = seen.tests;
    expect(first?.count).toBe(12);
    expect([...(first?.writable.subarray(0, 12) ?? [])]).toEqual([0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1]);
    expect([...(first?.executable.subarray(0, 3) ?? [])]).toEqual([1, 0, 0]);
    expect(examination.findCounts()).toMatchObject({
      why: 'certain',
      shape: { symbol: 'counts', width: 4, stride: 4 },
    });
    const shared = (scene.shared[0] ?? 0) + NUMBER;
    expect(examination.countOf(shared)).toBe(3);
    expect(examination.isFree(shared)).toBe(false);
    expect(examination.heldOf(shared)).toBe(0);
    expect(examination.mappedOf(shared)).toBe(3);
    expect(examination.countOf((scene.vacant[0] ?? 0) + NUMBER)).toBe(0);
    expect(examination.contents(shared)).toHaveLength(PAGE);
  });

  test('of 2019, with other names and no state USED', () => {
    const scene = new Scene({ old: true, counts: COUNTED });
    expect(scene.kernel().missing()).toEqual([]);
    expect(scene.kernel().quiescent(0)).toBe(true);
    expect(scene.look(scene.examination()).damage).toEqual([]);
  });

  test('a zombie holds its pages until it is waited for, and a page without U is not present', () => {
    const scene = new Scene();
    scene.made.u32(TABLE_AT + PROC + 24, 5);
    const entry = scene.made.entry(scene.roots[0] ?? 0, 9 * PAGE);
    scene.made.u64(entry, Number(scene.made.bytes.readBigUInt64LE(entry - BASE)) - U);
    const seen = scene.look(scene.examination());
    expect(seen.tests[0]).toMatchObject({ state: 'ended', count: 11 });
  });

  test('what must be asked of the debug information', () => {
    expect(asked.offsets).toContainEqual(['struct proc', 'tf']);
    expect(asked.offsets).toContainEqual(['kmem', 'freelist']);
    expect(asked.sizes).toEqual(['struct proc', 'struct context']);
    expect(asked.arrays).toEqual(['proc']);
  });
});

describe('what is not understood is named', () => {
  test.each([
    ['struct proc.pagetable', /no field pagetable/],
    ['sizeof struct proc', /size of struct proc/],
    ['kmem.freelist', /free list/],
    ['SLEEPING', /no enumerator SLEEPING/],
  ])('%s', (key, words) => {
    const scene = new Scene();
    scene.made.shapes.delete(key);
    expect(scene.kernel().missing().join('; ')).toMatch(words);
    const seen = scene.look(scene.examination());
    expect(seen.damage).toEqual([]);
    expect(seen.lost).toEqual([]);
    if (key === 'kmem.freelist') expect(seen).toMatchObject({ used: undefined, free: undefined });
  });

  test('a kernel without symbols', () => {
    const scene = new Scene();
    scene.made.symbols.clear();
    expect(scene.kernel().missing()).toHaveLength(3);
    expect(scene.kernel().hasProcesses).toBe(false);
    expect(scene.look(scene.examination()).tests[0]).toMatchObject({ state: 'unused', count: 0 });
  });
});

describe('frames', () => {
  test('one that nobody accounts for is lost, and not once it is the baseline', () => {
    const scene = new Scene();
    const examination = scene.examination();
    const before = scene.look(examination).used ?? 0;
    scene.made.chain(scene.vacant.slice(1));
    const frame = (scene.vacant[0] ?? 0) + NUMBER;
    expect(scene.look(examination)).toMatchObject({ lost: [frame], used: before + 1 });
    examination.rebase();
    expect(scene.look(examination)).toMatchObject({ lost: [], used: before });
    scene.made.chain(scene.vacant);
    expect(scene.look(examination).lost).toEqual([]);
    scene.made.chain(scene.vacant.slice(1));
    expect(scene.look(examination).lost).toEqual([frame]);
  });

  test('one that only a word of the process table points to is not lost', () => {
    const scene = new Scene();
    const examination = scene.examination();
    scene.look(examination);
    scene.made.chain(scene.vacant.slice(1));
    scene.made.u64(TABLE_AT + PROC + 240, BASE + (scene.vacant[0] ?? 0) * PAGE);
    expect(scene.look(examination).lost).toEqual([]);
    scene.made.u64(TABLE_AT + PROC + 240, 0);
    scene.made.u64(TABLE_AT + PROC + 104, BASE + (scene.vacant[0] ?? 0) * PAGE);
    expect(scene.look(examination).lost).toHaveLength(1);
  });

  test('free and mapped: a test page is shown so, any other is damage', () => {
    const scene = new Scene();
    const examination = scene.examination();
    scene.made.chain([scene.shared[0] ?? 0, ...scene.vacant]);
    expect(whats(scene.look(examination))).toEqual([]);
    expect(examination.isFree((scene.shared[0] ?? 0) + NUMBER)).toBe(true);
    scene.made.map(scene.roots[0] ?? 0, 0x20000, scene.vacant[3] ?? 0, R | W | U);
    expect(whats(scene.look(examination))).toEqual(['a mapped frame is on the free list']);
  });

  test('miscounted: the count is told as the kernel has it', () => {
    const scene = new Scene();
    const examination = scene.examination();
    scene.look(examination);
    examination.findCounts();
    scene.made.u32(COUNTS_AT + (scene.shared[0] ?? 0) * 4, 2);
    scene.made.u32(COUNTS_AT + (scene.shared[1] ?? 0) * 4, -1);
    scene.made.u32(COUNTS_AT + (scene.vacant[1] ?? 0) * 4, 7);
    scene.look(examination);
    expect(
      [scene.shared[0], scene.shared[1], scene.vacant[1]].map(f => examination.countOf((f ?? 0) + NUMBER)),
    ).toEqual([2, -1, 7]);
  });

  test('shared and writable: a test page is shown so, any other is damage', () => {
    const scene = new Scene();
    const examination = scene.examination();
    const entry = scene.made.entry(scene.roots[0] ?? 0, PAGE);
    scene.made.bytes[entry - BASE] = (scene.made.bytes[entry - BASE] ?? 0) | W;
    const seen = scene.look(examination);
    expect(seen.tests[0]?.writable[1]).toBe(1);
    expect(whats(seen)).toEqual([]);
    const frame = scene.vacant[0] ?? 0;
    scene.made.chain(scene.vacant.slice(1));
    scene.made.map(scene.roots[0] ?? 0, 0x20000, frame, R | W | U);
    scene.made.map(scene.roots[1] ?? 0, 0x20000, frame, R | U);
    expect(whats(scene.look(examination))).toEqual(['a shared frame is writable outside of the test pages']);
  });

  test('held by the harness as well', () => {
    const scene = new Scene();
    const examination = scene.examination();
    scene.made.map(scene.roots[2] ?? 0, 0x20000, scene.shared[0] ?? 0, R | X | U);
    scene.look(examination);
    expect(examination.heldOf((scene.shared[0] ?? 0) + NUMBER)).toBe(1);
    expect(examination.mappedOf((scene.shared[0] ?? 0) + NUMBER)).toBe(4);
  });

  test('page tables and saved registers on the free list, or used twice', () => {
    const scene = new Scene();
    const examination = scene.examination();
    const root = scene.roots[0] ?? 0;
    scene.made.chain([root]);
    expect(whats(scene.look(examination))).toContain('a page table in use is on the free list');
    const other = new Scene();
    other.made.chain([(other.roots[0] ?? 0) + 1]);
    expect(whats(other.look(other.examination()))).toEqual([
      'the saved registers of a process are on the free list',
    ]);
    const twice = new Scene();
    twice.made.u64(TABLE_AT + 2 * PROC + 80, BASE + (twice.roots[0] ?? 0) * PAGE);
    expect(whats(twice.look(twice.examination()))).toContain('a frame is a page table of two processes');
    const mapped = new Scene();
    mapped.made.map(mapped.roots[1] ?? 0, 0x20000, mapped.roots[1] ?? 0, R | U);
    expect(whats(mapped.look(mapped.examination()))).toContain('a page table is also a page');
  });

  test('a stranger is named', () => {
    const scene = new Scene();
    scene.roles.harness.clear();
    expect(scene.look(scene.examination()).strangers).toEqual([1]);
  });

  test('an examination of a kernel that is at work says so', () => {
    const scene = new Scene();
    const examination = scene.examination();
    expect(scene.look(examination).quiet).toBe(true);
    scene.made.u32(TABLE_AT + 24, 4);
    expect(scene.look(examination).quiet).toBe(false);
    expect(examination.take({ ...scene.roles, polling: 1 }).quiet).toBe(true);
  });
});

describe('structures that are damaged', () => {
  test.each([
    [
      'a circle',
      (s: Scene) => s.made.u64(BASE + (s.vacant.at(-1) ?? 0) * PAGE, BASE + (s.vacant[5] ?? 0) * PAGE),
      /circle/,
    ],
    ['a head outside RAM', (s: Scene) => s.made.u64(HEAD_AT, 0x1000), /leads outside/],
    [
      'a link into the image',
      (s: Scene) => s.made.u64(BASE + (s.vacant[2] ?? 0) * PAGE, BASE + PAGE),
      /leads outside/,
    ],
    [
      'a link that is no page',
      (s: Scene) => s.made.u64(BASE + (s.vacant[2] ?? 0) * PAGE, BASE + (FRAMES - 1) * PAGE + 8),
      /leads outside/,
    ],
  ])('the free list: %s', (_, hurt, words) => {
    const scene = new Scene();
    const examination = scene.examination();
    scene.look(examination);
    hurt(scene);
    const seen = scene.look(examination);
    expect(whats(seen).join()).toMatch(words);
    expect(seen).toMatchObject({ used: undefined, lost: [] });
  });

  const entryOf = (scene: Scene, at: number, value: number): void =>
    scene.made.u64(BASE + (scene.roots[0] ?? 0) * PAGE + at * 8, value);
  test.each([
    [
      'a table outside RAM',
      (s: Scene) => entryOf(s, 5, (0x1_0000_0000 / PAGE) * 1024 + 1),
      'a page table is outside of RAM',
    ],
    [
      'a table that is the root',
      (s: Scene) => entryOf(s, 5, (NUMBER + (s.roots[0] ?? 0)) * 1024 + 1),
      'a page table is entered twice in one address space',
    ],
    [
      'a huge page',
      (s: Scene) => entryOf(s, 5, NUMBER * 1024 + R + 1),
      'a huge page is mapped in user space',
    ],
    [
      'a page outside RAM',
      (s: Scene) => s.made.u64(s.made.entry(s.roots[0] ?? 0, 0x30000), 0x10000 * 1024 + R + U + 1),
      'a page is mapped outside of RAM',
    ],
    [
      'the kernel’s image',
      (s: Scene) => s.made.map(s.roots[0] ?? 0, 0x30000, 3, R | U),
      'a user page is mapped to the kernel’s image',
    ],
    [
      'no permissions',
      (s: Scene) => s.made.map(s.roots[0] ?? 0, 0x30000, 300, 0),
      'a leaf entry without permissions is valid',
    ],
    [
      'a root that is none',
      (s: Scene) => s.made.u64(TABLE_AT + PROC + 80, 0x1234),
      'a root page table is outside of RAM',
    ],
    [
      'registers outside RAM',
      (s: Scene) => s.made.u64(TABLE_AT + PROC + 88, 0x5000),
      'the saved registers of a process are outside of the page frames',
    ],
  ])('a page table: %s', (_, hurt, what) => {
    const scene = new Scene();
    hurt(scene);
    expect(whats(scene.look(scene.examination()))).toContain(what);
  });
});

describe('counts are found', () => {
  const found = (counts: NonNullable<Making['counts']>) => {
    const scene = new Scene({ counts });
    const examination = scene.examination();
    scene.look(examination);
    const discovery = examination.findCounts();
    const frames = [...scene.shared, scene.vacant[0] ?? 0];
    return { discovery, counts: frames.map(frame => examination.countOf(frame + NUMBER)), scene };
  };
  test.each([
    ['32 bits', COUNTED],
    ['8 bits', { ...COUNTED, width: 1, stride: 1 }],
    ['16 bits', { ...COUNTED, width: 2, stride: 2 }],
    ['64 bits', { ...COUNTED, width: 6, stride: 8 }],
    ['behind a lock', { ...COUNTED, at: COUNTS_AT + 32 }],
    ['in structures', { ...COUNTED, at: COUNTS_AT + 24, stride: 32 }],
    ['from the end of the image', { ...COUNTED, at: COUNTS_AT - FIRST * 4 }],
    ['less one', { ...COUNTED, offset: -1 }],
    ['more one, and free frames hold 1', { ...COUNTED, offset: 1, free: 1 }],
    ['once below none for what was never given out', { ...COUNTED, free: (frame: number) => -(frame % 2) }],
    ['where what is freed as a page table keeps its 1', { ...COUNTED, free: (frame: number) => frame % 2 }],
    [
      '8 bits, once below none',
      { ...COUNTED, width: 1, stride: 1, free: (frame: number) => (frame % 2) * 255 },
    ],
  ])('%s', (_, counts) => {
    const { discovery, counts: told } = found(counts);
    expect(discovery.why).toBe('certain');
    expect(told).toEqual([3, 3, 3, 3, 3, 3, 2, 2, 2, 0]);
  });

  test('but not where one count is wrong, free frames differ, or there are none', () => {
    const wrong = (hurt: (scene: Scene) => void) => {
      const scene = new Scene();
      hurt(scene);
      const examination = scene.examination();
      scene.look(examination);
      return examination.findCounts();
    };
    expect(wrong(s => s.made.u32(COUNTS_AT + (s.shared[0] ?? 0) * 4, 2)).why).toBe('nothing fits');
    expect(wrong(s => s.made.u32(COUNTS_AT + (s.vacant[0] ?? 0) * 4, 9)).why).toBe('nothing fits');
    expect(wrong(s => s.made.bytes.fill(0, 0x10000, 0x20000)).why).toBe('nothing fits');
    expect(wrong(s => s.made.bytes.copy(s.made.bytes, 0x20000, 0x10000, 0x20000)).why).toBe(
      'more than one fits',
    );
    expect(wrong(s => s.made.u64(HEAD_AT, 1)).why).toBe('too little is shared yet');
  });

  test('a frame that was given back has no holder, though the kernel leaves its last 1 there', () => {
    const { scene, counts: none } = found(COUNTED);
    expect(none.at(-1)).toBe(0);
    const examination = scene.examination();
    scene.look(examination);
    examination.findCounts();
    const [freed = 0, twice = 0] = scene.vacant;
    scene.made.u32(COUNTS_AT + freed * 4, 1);
    scene.made.u32(COUNTS_AT + twice * 4, 2);
    scene.look(examination);
    expect([freed, twice].map(frame => examination.countOf(frame + NUMBER))).toEqual([0, 2]);
  });

  test('and not before enough is shared', () => {
    const scene = new Scene();
    const examination = scene.examination();
    for (const i of [1, 2, 3]) scene.made.u32(TABLE_AT + i * PROC + 24, 0);
    scene.look(examination);
    expect(examination.findCounts()).toEqual({ shape: undefined, why: 'too little is shared yet' });
  });
});

test('frames begin on page boundaries inside RAM', () => {
  const { made } = new Scene();
  expect(frameAt(made, BASE)).toBe(0);
  expect(frameAt(made, BASE + 8)).toBe(-1);
  expect(frameAt(made, BASE + FRAMES * PAGE)).toBe(-1);
  expect(frameAt(made, 0)).toBe(-1);
  expect(X).toBe(8);
});
