// docs/protocol.md: its transcript is what an agent answers, and its tables are those of the code.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { INSPECTS_NOTHING } from '../../spec/inspection.ts';
import { DEFAULT_DIALECT, WIRE_OPS } from '../../targets/wire/handshake.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/protocol.md'), 'utf8');
const missing =
  spawnSync('python3', ['--version']).error === undefined ? undefined : 'apt-get install python3';
if (missing !== undefined) console.warn(`the transcript of docs/protocol.md is not tried: ${missing}`);

describe('the transcript', () => {
  const block = /## 9\. A transcript[\s\S]*?```\n([\s\S]*?)```/.exec(text)?.[1] ?? '';
  const typed = [...block.matchAll(/^> (.*)$/gm)].map(match => match[1] ?? '');
  const answered = [...block.matchAll(/^< (.*)$/gm)].map(match => match[1] ?? '');

  test('is there', () => {
    expect(typed.length).toBeGreaterThan(12);
    expect(answered).toHaveLength(typed.length);
    expect(text).toContain('Typed by hand: `python3 agents/python/toy.py`.');
  });

  test.skipIf(missing !== undefined)('typed line by line, it is answered so', () => {
    const { stdout, status } = spawnSync('python3', [join(ROOT, 'agents/python/toy.py')], {
      input: `${typed.join('\n')}\n`,
      encoding: 'utf8',
    });
    expect(stdout.trimEnd().split('\n')).toEqual(answered);
    expect(status).toBe(0);
  });
});

describe('the tables', () => {
  test('every op that has a line has one in the table', () => {
    const table = text.slice(text.indexOf('## 3. Ops'), text.indexOf('## 4. Inspection'));
    for (const name of WIRE_OPS) expect(table).toMatch(new RegExp(`\`${name} [A-Z]`));
  });

  test('every part of an inspection, every field of the handshake, and the default dialect', () => {
    expect(text).toContain(`which of \`${Object.keys(INSPECTS_NOTHING).join(' ')}\` it offers`);
    const dialect = Object.entries(DEFAULT_DIALECT).map(([key, value]) => `${key}:${value}`);
    expect(text.replaceAll('\n', ' ')).toContain(`The default dialect: \`${dialect.join(' ')}\``);
    const fields =
      'name ops advice inspect page-size processes pages frames frames-at-least layout edges dialect id left-out'.split(
        ' ',
      );
    const table = text.slice(
      text.indexOf('| key | meaning'),
      text.indexOf('Fields that cowcheck does not know'),
    );
    expect([...table.matchAll(/^\| `([a-z-]+)` /gm)].map(match => match[1])).toEqual(fields);
  });
});
