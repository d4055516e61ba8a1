// Where segments lie, what fills them, and the digest: all against values worked out by hand.
import { expect, test } from 'vitest';
import { addressOf, layoutFor, locate, nameOf } from '../../spec/tape.ts';
import { digest, fillByte, imageByte, imageContents, layoutOf, type World } from '../../spec/world.ts';

const TWO_IMAGES: World = {
  pageSize: 8,
  processes: 4,
  images: [
    { name: 'sh', text: 1, data: 2, stack: 1 },
    { name: 'ls', text: 2, rodata: 1, data: 1, bss: 1 },
  ],
  spare: { heap: 1 },
};

test('segments lie in order, each as long as the longest image needs it, plus what is spare', () => {
  const layout = layoutOf(TWO_IMAGES);
  expect(layout.segmentOf).toEqual([
    'text',
    'text',
    'rodata',
    'data',
    'data',
    'bss',
    'heap',
    'guard',
    'stack',
  ]);
  expect(layout.pages).toBe(9);
  expect(layout.start).toEqual({
    text: 0,
    rodata: 2,
    data: 3,
    bss: 5,
    heap: 6,
    map: 7,
    guard: 7,
    stack: 8,
  });
  expect(layout.span).toEqual({
    text: 2,
    rodata: 1,
    data: 2,
    bss: 1,
    heap: 1,
    map: 0,
    guard: 1,
    stack: 1,
  });
});

test('an image gets its own pages and holes elsewhere', () => {
  const layout = layoutOf(TWO_IMAGES);
  // 1 read, 2 write, 4 execute.
  expect([...(layout.permissions[0] ?? [])]).toEqual([5, 0, 0, 3, 3, 0, 0, 0, 3]);
  expect([...(layout.permissions[1] ?? [])]).toEqual([5, 5, 1, 3, 0, 3, 0, 0, 0]);
  expect(layout.privatePages).toEqual([3, 2]);
});

test('there is a guard only where there is a stack, and a mapping area only where it is spared', () => {
  const bare = layoutOf({ pageSize: 8, processes: 1, images: [{ name: 'a', data: 1 }] });
  expect(bare.segmentOf).toEqual(['data']);
  const mapped = layoutOf({ pageSize: 8, processes: 1, images: [{ name: 'a', data: 1 }], spare: { map: 2 } });
  expect(mapped.segmentOf).toEqual(['data', 'map', 'map']);
  expect([...(mapped.permissions[0] ?? [])]).toEqual([3, 0, 0]);
});

test('addresses are found and named, edges after the last page', () => {
  expect(locate('text+0', TWO_IMAGES)).toEqual([0, 0]);
  expect(locate('data+15', TWO_IMAGES)).toEqual([4, 7]);
  expect(locate('stack+1', TWO_IMAGES)).toEqual([8, 1]);
  expect(['null', 'size', 'max-1', 'max', 'beyond'].map(edge => locate(edge, TWO_IMAGES)[0])).toEqual([
    9, 10, 11, 12, 13,
  ]);
  expect(addressOf(4, 7, TWO_IMAGES)).toBe('data+15');
  expect(addressOf(9, 0, TWO_IMAGES)).toBe('null');
  expect(addressOf(13, 0, TWO_IMAGES)).toBe('beyond');
});

test('a layout is made once for a world', () => {
  expect(layoutFor(TWO_IMAGES)).toBe(layoutFor(TWO_IMAGES));
  expect(layoutFor({ ...TWO_IMAGES })).toEqual(layoutFor(TWO_IMAGES));
});

test('names go through the alphabet and never repeat', () => {
  expect([0, 1, 25, 26, 27, 51, 52].map(nameOf)).toEqual(['A', 'B', 'Z', 'A1', 'B1', 'Z1', 'A2']);
});

test('text, rodata and data start with a pattern, everything else with zero', () => {
  expect(imageByte(0, 0, 0, 'text')).toBe(1);
  expect(imageByte(1, 3, 2, 'data')).toBe(113); // 17 + 93 + 2 + 1
  expect(imageByte(7, 5, 4, 'rodata')).toBe(23); // 119 + 155 + 4 + 1 = 279 = 256 + 23
  expect(imageByte(1, 5, 3, 'bss')).toBe(0);
  expect(imageByte(1, 8, 3, 'stack')).toBe(0);
  const [sh, ls] = imageContents(TWO_IMAGES, layoutOf(TWO_IMAGES));
  expect(Array.from((sh ?? []).slice(0, 8))).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  expect(Array.from((sh ?? []).slice(8, 24))).toEqual(new Array(16).fill(0)); // a hole is empty though it is text
  expect(Array.from((ls ?? []).slice(24, 28))).toEqual([111, 112, 113, 114]);
  expect(Array.from((ls ?? []).slice(40, 48))).toEqual(new Array(8).fill(0));
});

test('a fill repeats the four bytes of its value, lowest first', () => {
  expect([0, 1, 2, 3, 4, 7, 8].map(i => fillByte(0x04030201, i))).toEqual([1, 2, 3, 4, 1, 4, 1]);
  expect([0, 1, 2, 3].map(i => fillByte(-2, i))).toEqual([254, 255, 255, 255]);
});

test.each([
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['b', 0xe70c2de5],
  ['foobar', 0xbf9cf968],
])('the digest of %j is the published FNV-1a value', (text, expected) => {
  const bytes = Buffer.from(`..${text}..`);
  expect(digest(bytes, 2, text.length) >>> 0).toBe(expected);
});
