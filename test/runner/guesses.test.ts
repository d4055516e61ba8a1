// Guesses at short counterexamples: what is tried first, and that the births come along.
import { expect, test } from 'vitest';
import { worldOf } from '../../index.ts';
import { guesses } from '../../runner/guesses.ts';
import { lines, tape } from '../history.ts';

const WORLD = worldOf(4096, 6, 2, 12);
const LONG = `fork A -> B
write A data+5 length 3 = 9
fork B -> C
fork A -> D
exit D status 1
failalloc nth 1
kwrite C data+7 length 9 = 3
read B data+7 length 9`;

const tried = (text: string, at: number): readonly string[] =>
  [...guesses(tape(WORLD, text), at)].map(guess => lines(guess).replaceAll('\n', '; '));

test('the guilty op alone comes first, at its plainest', () => {
  expect(tried(LONG, 7).slice(0, 3)).toEqual([
    'read A data+0 length 1',
    'read A data+7 length 9',
    'read B data+7 length 9',
  ]);
});

test('the last ops come with the births of all whom they name', () => {
  expect(tried(LONG, 7)).toContain(
    'fork A -> B; fork B -> C; failalloc nth 1; kwrite C data+7 length 9 = 3; read B data+7 length 9',
  );
});

test('every guess is a part of the tape, and ends with the guilty op', () => {
  const ops = LONG.split('\n');
  for (const guess of tried(LONG, 7)
    .slice(2)
    .map(text => text.split('; '))) {
    expect(guess.at(-1)).toBe(ops.at(-1));
    expect(ops.filter(op => guess.includes(op))).toEqual(guess);
  }
});
