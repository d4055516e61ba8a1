// Counts that no symbol tells of: behind the image, or where a wrong index puts them.
import { expect, test } from 'vitest';
import { BASE, COUNTED, COUNTS_AT, Scene } from './memory.ts';

const NUMBER = BASE / 4096;

test.each([
  ['32 bits', COUNTED],
  ['16 bits', { ...COUNTED, width: 2, stride: 2 }],
  ['in structures', { ...COUNTED, at: COUNTS_AT + 24, stride: 32 }],
  ['four words for each frame, as a wrong shift has it', { ...COUNTED, stride: 16 }],
])('counts are found without a symbol: %s', (_, counts) => {
  const scene = new Scene({ counts });
  scene.made.symbols.delete('counts');
  scene.made.symbols.delete('noise');
  const examination = scene.examination();
  scene.look(examination);
  expect(examination.findCounts().why).toBe('nothing fits');
  expect(examination.findCounts(0x1000).why).toBe('nothing fits');
  const { shape, why } = examination.findCounts(0x30000);
  expect(why).toBe('certain');
  expect(shape).toMatchObject({ stride: counts.stride, offset: 0 });
  expect(scene.shared.map(frame => examination.countOf(frame + NUMBER))).toEqual([3, 3, 3, 3, 3, 3, 2, 2, 2]);
});

test('counts behind the image are found where nothing before them is looked at', () => {
  const scene = new Scene();
  scene.made.symbols.delete('counts');
  scene.made.symbols.delete('noise');
  const examination = scene.examination();
  scene.look(examination);
  const from = COUNTS_AT - BASE;
  expect(examination.findCounts(from + 0x1000, from + 0xff8).why).toBe('nothing fits');
  expect(examination.findCounts(from + 0x1000, from).why).toBe('certain');
});
