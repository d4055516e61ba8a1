// A console that grows without end takes no more than some room, and keeps its end.
import { fstatSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ConsoleFile, shownConsole } from '../../../targets/xv6/console.ts';

test('the older part of a long console is forgotten, and its bytes still counted', () => {
  const console = new ConsoleFile();
  const line = Buffer.from(`${'x'.repeat(99)}\n`);
  const block = Buffer.alloc(1_000_000, line);
  for (let i = 0; i < 40; i++) {
    writeSync(console.fd, block);
    expect(console.printed).toBe((i + 1) * block.length);
    expect(fstatSync(console.fd).size).toBeLessThan(17 << 20);
  }
  writeSync(console.fd, 'the end');
  expect(console.text(console.printed - 7)).toBe('the end');
  expect(console.text(40 * block.length - 50)).toBe(`${'x'.repeat(49)}\nthe end`);
  expect(console.text(0).length).toBeLessThan(19 << 20);
  console.close();
});

test('across what was forgotten and what was not', () => {
  const console = new ConsoleFile();
  writeSync(console.fd, Buffer.alloc(17 << 20, 'a'));
  const before = console.printed;
  writeSync(console.fd, 'b');
  expect(console.text(before - 3)).toBe('aaab');
  console.close();
  console.close();
  expect(console.printed).toBe(before + 1);
  expect(console.text(before - 3)).toBe('aaab');
});

test('shown in a message: the last lines, escaped', () => {
  expect(shownConsole('')).toBe('');
  expect(shownConsole('one\n\ntwo\u001b[31m\r\n<b>\xff\n', 2)).toBe('  two\\x1b[31m\n  <b>\\xff');
});
