// The values of options: what each parser takes, and that it refuses the rest.
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../cli/exit.ts';
import * as parse from '../../cli/options.ts';

describe.each([
  [
    'whole',
    parse.whole('--n', 1, 64, '4'),
    { '1': 1, '64': 64, '007': 7 },
    ['', '0', '65', '-1', '+1', '1.0', '1e1', ' 1', '0x1', '99999999999999999'],
  ],
  [
    'duration',
    parse.duration('--t'),
    { '500ms': 500, '60s': 60_000, '1.5m': 90_000, '2h': 7_200_000 },
    ['', '0s', '-5s', '60', 's', '1 s', '5d', '1e3s', '1.2345s'],
  ],
  [
    'shard',
    parse.shard,
    { '1/1': { index: 0, count: 1 }, '4/4': { index: 3, count: 4 } },
    ['', '0/4', '5/4', '1', '1/', '1/0', '-1/4', '1/4/4'],
  ],
  [
    'ops',
    parse.ops,
    { 'fork,write': ['fork', 'write'], ' fork , fork ': ['fork'] },
    ['', ',', 'fork,', 'nope', 'Fork', '__proto__'],
  ],
  ['profile', parse.profile, { base: 'base', all: 'all' }, ['', 'nope', 'base,oom']],
  [
    'reporters',
    parse.reporters,
    { 'text,junit': ['text', 'junit'], 'json,json': ['json'] },
    ['', 'text,', 'nope'],
  ],
  ['inspect', parse.inspect, { full: 'full', none: 'none' }, ['', 'some']],
  ['required', parse.required, { all: 'all' }, ['', 'some']],
] as const)('%s', (_, of: (text: string) => unknown, taken: object, refused: readonly string[]) => {
  test.each(Object.entries(taken))('takes %j', (text, value) => {
    expect(of(text)).toEqual(value);
  });

  test.each(refused)('refuses %j', text => {
    expect(() => of(text)).toThrow(UsageError);
    expect(() => of(text)).toThrow(/was given .*; it takes .*; type for example: --/s);
  });
});

test('a refused value is cut short, and shown so that it drives no terminal', () => {
  expect(() => parse.shard(`\u001b[2J${'x'.repeat(1000)}`)).toThrow(
    /^--shard was given "\\u001b\[2Jx{76}"; it/,
  );
});

describe('the seed', () => {
  test('is the one given, else that of the environment, else fresh', () => {
    expect(parse.seedFrom(7, '8')).toBe(7);
    expect(parse.seedFrom(undefined, '8')).toBe(8);
    for (const empty of [undefined, '']) {
      const fresh = parse.seedFrom(undefined, empty);
      expect(Number.isInteger(fresh) && fresh >= 1 && fresh < 2 ** 31).toBe(true);
    }
    expect(() => parse.seedFrom(undefined, '-1')).toThrow(/^COWCHECK_SEED was given "-1"/);
  });
});
