// Text that a target wrote, made safe for a terminal, for XML and for a GitHub job.
import { describe, expect, test } from 'vitest';
import { forGithubMessage, forGithubProperty, forTerminal, forXml } from '../../report/escape.ts';
import { HOSTILE } from './results.ts';

describe('on a terminal', () => {
  test.each([
    ['plain text, é and \u{1f404}', 'plain text, é and \u{1f404}'],
    ['\u001b[31m', '\\x1b[31m'],
    ['\u009b31m', '\\x9b31m'],
    ['\u0007\u0008\u007f', '\\x07\\x08\\x7f'],
    ['a\tb\rc\nd', 'a\\x09b\\x0dc\\x0ad'],
    ['\u0000', '\\x00'],
    ['\u200b\u200f', '\\u{200b}\\u{200f}'],
    ['\u2028\u2029\u202e', '\\u{2028}\\u{2029}\\u{202e}'],
    ['\u2066\u2069\ufeff', '\\u{2066}\\u{2069}\\u{feff}'],
    ['\ud800', '\\u{d800}'],
    ['\udc00x', '\\u{dc00}x'],
  ])('%j', (text, shown) => {
    expect(forTerminal(text)).toBe(shown);
  });

  test('line feeds stay only where they are asked for', () => {
    expect(forTerminal('a\nb\r\n', true)).toBe('a\nb\\x0d\n');
  });
});

test('in XML', () => {
  expect(forXml('<a b="c" d=\'e\'>&]]></a>')).toBe(
    '&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp;]]&gt;&lt;/a&gt;',
  );
  expect(forXml('\ufffe\uffff')).toBe('??');
});

describe('in a GitHub job', () => {
  test.each([
    ['a\nb', 'a%0Ab', 'a%0Ab'],
    ['a\rb', 'a\\x0db', 'a\\x0db'],
    ['100%', '100%25', '100%25'],
    ['%0A', '%250A', '%250A'],
    ['file=x,line=1::y', 'file=x,line=1::y', 'file=x%2Cline=1%3A%3Ay'],
  ])('%j', (text, message, property) => {
    expect(forGithubMessage(text)).toBe(message);
    expect(forGithubProperty(text)).toBe(property);
  });
});

test('nothing that drives a terminal or begins a line is left of the worst', () => {
  // eslint-disable-next-line no-control-regex
  const drives = /[\u0000-\u001f\u007f-\u009f\u2028-\u202e\ud800-\udfff]/u;
  expect(drives.test(HOSTILE)).toBe(true);
  for (const safe of [forTerminal(HOSTILE), forGithubMessage(HOSTILE), forGithubProperty(HOSTILE)])
    expect(safe).not.toMatch(drives);
  expect(forXml(HOSTILE).replaceAll('\n', '')).not.toMatch(drives);
});
