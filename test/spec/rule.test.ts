// The law as data: complete, in order, and nothing left blank.
import { expect, test } from 'vitest';
import { RULES, rule } from '../../spec/rule.ts';

/** First and last rule of each area, copied by hand from the catalogue. */
const AREAS = [
  ['contents and isolation', 1, 9],
  ['permissions', 10, 12],
  ['kernel access', 13, 15],
  ['exec, vfork, wait', 16, 18],
  ['special regions', 19, 21],
  ['failure', 22, 24],
  ['resources', 25, 29],
  ['pins', 30, 34],
  ['swap, merge, huge pages', 35, 35],
] as const;

test('there are 35 rules, numbered from 1 in order', () => {
  expect(RULES.map(({ id }) => id)).toEqual(Array.from({ length: 35 }, (_, i) => i + 1));
});

test.each(AREAS)('%s: rules %i to %i', (area, first, last) => {
  expect(RULES.filter(each => each.area === area).map(({ id }) => id)).toEqual(
    Array.from({ length: last - first + 1 }, (_, i) => first + i),
  );
});

test.each(RULES.map(each => [each.id, each] as const))('rule %i has a statement and a source', (_, each) => {
  expect(each.statement).toMatch(/^\p{L}.{20,}\.$/u);
  expect(each.source.trim()).not.toBe('');
});

test('no two rules say the same', () => {
  expect(new Set(RULES.map(({ statement }) => statement)).size).toBe(35);
});

test('a number that is no rule is refused', () => {
  expect(rule(35).id).toBe(35);
  expect(() => rule(36)).toThrowErrorMatchingInlineSnapshot(
    `[RangeError: no rule 36: rules are numbered 1 to 35]`,
  );
  expect(() => rule(0)).toThrow(RangeError);
});
