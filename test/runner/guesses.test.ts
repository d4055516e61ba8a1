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

test('who stored on the page that is read comes before all that is long', () => {
  const guesses = tried(
    'fork A -> B\nwrite A bss+0 length 1 = 2\nfork A -> C\nkwrite A data+0 length 1 = 3\nread B data+0 length 1',
    4,
  );
  expect(guesses.slice(0, 5)).toContain('fork A -> B; kwrite A data+0 length 1 = 3; read B data+0 length 1');
  const across = 'fork A -> B\nkwrite A data+4090 length 9 = 3\nread B bss+0 length 4096';
  expect(tried(across, 2)).toContain('fork A -> B; kwrite A data+4090 length 9 = 3; read B bss+0 length 1');
});

test('what a store leaves is looked for in parent and child, whoever they were', () => {
  const apart =
    'fork A -> B\nfork B -> C\nfork C -> D\nkwrite D data+4090 length 8 = 3\nread B bss+0 length 4096';
  expect(tried(apart, 4).slice(0, 6)).toEqual(
    expect.arrayContaining([
      'fork A -> B; kwrite B data+4090 length 8 = 3; read A bss+0 length 1',
      'fork A -> B; kwrite A data+4090 length 8 = 3; read B bss+0 length 1',
    ]),
  );
});

test('a heap that had grown grows again', () => {
  const grown =
    'sbrk A pages 1\nfork A -> B\nfork B -> C\nkwrite C heap+3 length 9 = 3\nread B heap+5 length 2';
  expect(tried(grown, 4)).toContain(
    'sbrk A pages 1; fork A -> B; kwrite B heap+3 length 9 = 3; read A heap+3 length 1',
  );
});

test('a failure is tried with the first process alone, then with a child, each in turn', () => {
  const text = `failalloc nth 23\n${LONG.split('\n').slice(0, 3).join('\n')}\nfork C -> D`;
  expect(tried(text, 4).slice(3, 5)).toContain('fork B -> C; fork C -> D');
  const failing = tried(text, 4).filter(guess => guess.includes('failalloc'));
  expect(failing.slice(0, 2)).toEqual(['failalloc nth 23; fork A -> B', 'failalloc nth 1; fork A -> B']);
  expect(failing).toContain('fork A -> B; failalloc nth 7; fork A -> C');
  expect(tried(LONG, 7)).toContain('failalloc nth 5; fork A -> B; read A data+7 length 9');
});

test('every other guess is a part of the tape, and ends with the guilty op or one byte of it', () => {
  const ops = LONG.split('\n');
  const isMade = (text: string): boolean =>
    /^(fork A -> B; )?failalloc nth \d+; (fork A -> B; )?read A/.test(text) ||
    /^fork A -> B; (failalloc nth \d+; )?k?write [AB] .*; read [AB] .* length 1$/.test(text);
  const parts = tried(LONG, 7)
    .slice(2)
    .filter(text => !isMade(text));
  expect(parts.length).toBeGreaterThan(10);
  for (const guess of parts.map(text => text.replace(/\d length 1$/, '7 length 9').split('; '))) {
    expect(guess.at(-1), guess.join()).toBe(ops.at(-1));
    expect(ops.filter(op => guess.includes(op))).toEqual(guess);
  }
});

test('a wait has a child that it can be for', () => {
  const waits = 'fork A -> B\nfork B -> C\nexit C status 9\nkill A B\nwait A into bss+3';
  expect(tried(waits, 4).slice(0, 4)).toContain('fork A -> B; exit B status 0; wait A into bss+3');
  const failing = 'fork A -> B\nfork B -> C\nexit C status 9\nfailalloc nth 7\nwait B into bss+3';
  const tries = tried(failing, 4).filter(guess => guess.includes('failalloc'));
  expect(tries).toContain('fork A -> B; exit B status 0; failalloc nth 7; wait A into bss+3');
  expect(tries).toContain('fork A -> B; exit B status 0; failalloc nth 1; wait A into bss+3');
});
