// A kernel that takes a frame for every read(): found out before an op is asked for that nobody would hear of.
import { expect, test } from 'vitest';
import { Died } from '../../../targets/xv6/died.ts';
import { type Fed, starved } from '../../../targets/xv6/starved.ts';

/** A guest with 7 free frames, of which one is taken for a page table, which dies of `what` once an op is armed. */
const guest = (what: string | undefined, asked: string[] = []): Fed => ({
  free: () => 7,
  ask(lines) {
    asked.push(...lines);
    if (what !== undefined && lines.includes('armed 1')) throw new Died(what);
    return lines.map(line => (line === 'ballast 7' ? 'refused 0' : 'ok 6'));
  },
});

test('is asked with no frame left, for what it has done before', () => {
  const asked: string[] = [];
  expect(starved(guest(undefined, asked))).toBe(false);
  expect(asked).toEqual(['read 0 1 0 1', 'ballast 7', 'ballast 6', 'armed 1', 'read 0 1 0 1']);
});

test.each([
  ['a process ended in its read, and no other goes on', true],
  ['the kernel ended a process that did nothing wrong', true],
  ['panic: out of memory', 'spent'],
])('%s: %s', (what, told) => {
  expect(starved(guest(what))).toBe(told);
});

test('memory of which nothing is known is not made short', () => {
  const asked: string[] = [];
  expect(starved({ ...guest('panic', asked), free: () => undefined })).toBe(false);
  expect(asked).toEqual(['read 0 1 0 1']);
});

test('a kernel that loses what it was to lack is spent', () => {
  const left = [7, 3];
  expect(starved({ ...guest(undefined), free: () => left.shift() })).toBe('spent');
});
