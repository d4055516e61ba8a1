// The kill matrix as text: what counts, what passes, and what is said of a survivor.
import { describe, expect, test } from 'vitest';
import { allKilled, type MatrixRow, matrixOf, matrixTable } from '../../report/kill-matrix.ts';

const row = (changes: Partial<MatrixRow>): MatrixRow => {
  const found = { killedBy: 'some.thing', ops: 2, shrunkFrom: 17, optimal: 2, seconds: 0.0234 };
  return { name: 'loses-a-page', bug: 'B01', rule: 2, unseen: null, ...found, ...changes };
};
const SURVIVOR = row({
  name: 'hides',
  bug: 'B99b',
  killedBy: null,
  ops: null,
  shrunkFrom: null,
  optimal: null,
});
const UNSEEN = { ...SURVIVOR, unseen: 'nobody counts.' };

test('a row tells who killed it, in how many ops, what is least, and the time', () => {
  const [title, first, second, ...rest] = matrixTable(
    matrixOf([row({}), row({ name: 'b', optimal: null, unseen: 'x' })], 7, 'full'),
  ).split('\n');
  expect(title).toBe('mutant        bug    rule  found  ops  least  CPU ms  contents  killed by');
  expect(first).toBe('loses-a-page  B01       2     17    2      2      23  yes       some.thing');
  expect(second).toBe('b             B01       2     17    2      ?      23  no        some.thing');
  expect(rest).toEqual(['2 of 2 killed, seed 7', '1 of 2 as short as can be, by exhaustive search']);
});

describe('a survivor', () => {
  test('fails the matrix, and says so', () => {
    const matrix = matrixOf([row({}), SURVIVOR], 7, 'full');
    expect([matrix.killed, matrix.total, matrix.proven, allKilled(matrix)]).toEqual([1, 2, 1, false]);
    expect(matrixTable(matrix)).toContain('nobody: it survived');
  });

  test('that no program can see fails it with inspection', () => {
    expect(allKilled(matrixOf([UNSEEN], 7, 'full'))).toBe(false);
  });

  test('that no program can see is excused without, with its reason', () => {
    const matrix = matrixOf([row({ optimal: null }), UNSEEN], 7, 'none');
    expect([matrix.killed, matrix.visible, allKilled(matrix)]).toEqual([1, 1, true]);
    expect(matrixTable(matrix)).toContain('nobody could: nobody counts.');
    expect(matrixTable(matrix)).toContain('1 of 2 can be seen by contents alone');
  });

  test('that a program can see fails it without inspection, too', () => {
    expect(allKilled(matrixOf([SURVIVOR], 7, 'none'))).toBe(false);
  });
});

test('a longer counterexample than the least is no proven one', () => {
  expect(matrixOf([row({ ops: 3 })], 7, 'full').proven).toBe(0);
});
