// The examples: each holds, its wrong adapter is caught in the fewest ops, and none imports anything but packages.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importsOf } from '../architecture/sources.ts';
import { cowcheck, folder } from '../cli/cowcheck.ts';

const EXAMPLES = join(import.meta.dirname, '../../examples');

test('an example imports packages, the system, and files beside it', () => {
  const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' }).filter(name =>
    name.endsWith('.mjs'),
  );
  expect(files.length).toBeGreaterThan(5);
  for (const file of files) {
    const text = readFileSync(join(EXAMPLES, file), 'utf8');
    const from = importsOf(text).map(one => one.from);
    const strange = from.filter(name => !/^(cowcheck|immer|node:[a-z_]+|\.\/[a-z-]+\.mjs)$/.test(name));
    expect({ file, strange }).toEqual({ file, strange: [] });
    expect(text).toMatch(/^\/\/ \S.{20,}/);
  }
});

async function holds(
  path: string,
  runs: number,
  ...more: readonly string[]
): Promise<Record<string, number>> {
  const { code, out, err } = await cowcheck(
    ['fuzz', join(EXAMPLES, path), '--runs', String(runs), '--seed', '1', '--json', ...more],
    folder(),
  );
  expect({ code, err: err.replace(/^fuzz .*\n/gm, '') }).toEqual({ code: 0, err: '' });
  const { verdict, rulesHit } = JSON.parse(out) as { verdict: string; rulesHit: Record<string, number> };
  expect(verdict).toBe('held');
  return rulesHit;
}

async function caught(path: string, ...more: readonly string[]): Promise<string> {
  const { code, out } = await cowcheck(
    ['fuzz', join(EXAMPLES, path), '--runs', '50', '--seed', '1', ...more],
    folder(),
  );
  expect(code).toBe(1);
  return out
    .split('\n')
    .filter(line => /^ {2}[ >] +\d/.test(line))
    .map(line => line.slice(3).trim())
    .join('\n');
}

/** The rules that a README says apply, as numbers. */
function applying(example: string): readonly string[] {
  const text = readFileSync(join(EXAMPLES, example, 'README.md'), 'utf8');
  const part = /\*\*Applies:\*\*([\s\S]*?)\*\*Does not:\*\*/.exec(text)?.[1] ?? '';
  const numbers = [...part.matchAll(/\(([^)]*)\)/g)].flatMap(
    match => (match[1] ?? '').match(/\d+–\d+|\d+/g) ?? [],
  );
  return numbers.flatMap(one => {
    const [from = 0, to = from] = one.split('–').map(Number);
    return Array.from({ length: to - from + 1 }, (_, i) => String(from + i));
  });
}

describe('Immer', () => {
  test('holds, and its README names the rules that were judged', async () => {
    const rulesHit = await holds('immer/cow.mjs', 400);
    for (const rule of applying('immer'))
      expect({ rule, hit: (rulesHit[rule] ?? 0) > 0 }).toEqual({ rule, hit: true });
  });

  test('the wrong adapter is caught', async () => {
    expect(await caught('immer/wrong.mjs')).toBe('1  fork A -> B\n2  write A data+0 length 1 = 0');
  });
});

const missing = spawnSync('qemu-io', ['--version']).error !== undefined;
if (missing)
  console.warn(
    'the tests of qcow2 are skipped: there is no qemu-io; to run them: apt-get install qemu-utils',
  );

describe.skipIf(missing)('qcow2', { timeout: 120_000 }, () => {
  test('holds, and its README names the rules that were judged', async () => {
    const rulesHit = await holds('qcow2/cow.mjs', 30, '--max-ops', '12');
    for (const rule of applying('qcow2'))
      expect({ rule, hit: (rulesHit[rule] ?? 0) > 0 }).toEqual({ rule, hit: true });
  });

  test('the wrong adapter is caught', async () => {
    expect(await caught('qcow2/wrong.mjs', '--max-ops', '12')).toBe(
      '1  fork A -> B\n2  write A data+0 length 1 = 0\n3  read B data+0 length 1',
    );
  });
});
