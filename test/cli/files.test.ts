// Files and folders that are missing, broken, hostile or not writable: exit code 2 and one line that names them.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { explain } from '../../cli/explain.ts';
import { readTrace } from '../../runner/trace-file.ts';
import { OP_NAMES } from '../../spec/op.ts';
import { cowcheck, folder, shell, transcript } from './cowcheck.ts';

const WORLD = { pageSize: 8, processes: 3, frames: 4, images: [{ name: 'one', data: 1 }] };
const FORK = { op: 'fork', by: 'A', as: 'B' };
const trace = (ops: readonly unknown[], world: object = WORLD): string =>
  JSON.stringify({ format: 1, world, ops });
const MILLION = 1_000_000;

const BROKEN: Readonly<Record<string, string>> = {
  'empty.json': '',
  'truncated.json': trace([FORK]).slice(0, -9),
  'text.json': 'hello\n',
  'escape.json': '\u001b[31m{',
  'version-2.json': JSON.stringify({ format: 2 }),
  'list.json': '[]',
  'long-line.json': `{"format":1,"world":"${'a'.repeat(10 * MILLION)}","ops":[]}`,
  'too-long.json': `{"format":1,"world":"${'a'.repeat(17 * MILLION)}","ops":[]}`,
  'deep-list.json': '['.repeat(MILLION),
  'deep-world.json': `{"format":1,"world":${'{"a":'.repeat(MILLION)}1${'}'.repeat(MILLION)},"ops":[]}`,
  'deep-op.json': trace([FORK]).replace('"as":"B"', `"as":${'['.repeat(MILLION)}${']'.repeat(MILLION)}`),
  'proto.json': `{"__proto__":{"format":1},${trace([FORK]).slice(1)}`,
  'proto-op.json': trace([{ op: '__proto__' }, { op: 'constructor' }]),
  'proto-name.json': trace([{ op: 'fork', by: '__proto__', as: 'B' }]),
  'many.json': trace(Array.from({ length: 100_001 }, () => FORK)),
  'tight.json': trace([FORK], { ...WORLD, frames: 1, images: [{ name: 'one', data: 2 }] }),
};

/** A folder with all broken files, and a good one. */
function withFiles(): string {
  const cwd = folder();
  for (const [name, text] of Object.entries(BROKEN)) writeFileSync(join(cwd, name), text);
  writeFileSync(join(cwd, 'good.json'), trace([FORK]));
  mkdirSync(join(cwd, 'nothing'));
  return cwd;
}

describe('a trace file', () => {
  const cwd = withFiles();

  test('that cannot be used is named, with what is wrong in it', () => {
    const said = Object.keys(BROKEN).map(name => {
      try {
        return `${name} was read: ${JSON.stringify(readTrace(join(cwd, name)))}`;
      } catch (cause) {
        return explain(cause).line.replaceAll(cwd, '.');
      }
    });
    const shown = said.join('\n').replaceAll(OP_NAMES.join(', '), 'OPS');
    // Later versions of Node say more about the place.
    expect(
      `\n${shown.replaceAll(/ at position \d+( \(line \d+ column \d+\))?/g, ' at position N')}\n`,
    ).toMatchInlineSnapshot(`
      "
      cowcheck: ./empty.json: the file is empty; a trace is a JSON object with format, world and ops
      cowcheck: ./truncated.json: not JSON (Unterminated string in JSON at position N); is the file complete?
      cowcheck: ./text.json: not JSON (Unexpected token 'h', "hello\\u{a}" is not valid JSON); is the file complete?
      cowcheck: ./escape.json: not JSON (Unexpected token '\\u{1b}', "\\u{1b}[31m{" is not valid JSON); is the file complete?
      cowcheck: ./version-2.json: format: this version reads trace format 1; received 2
      cowcheck: ./list.json: a trace is a JSON object with format, world and ops
      cowcheck: ./long-line.json: world: Invalid input: expected object, received string; received "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      cowcheck: ./too-long.json: a trace file may have 16777216 bytes; this one has more
      cowcheck: ./deep-list.json: not JSON (Unexpected end of JSON input); is the file complete?
      cowcheck: ./deep-world.json: world.pageSize: Invalid input: expected number, received undefined; received nothing
      cowcheck: ./deep-op.json: ops[0].as: Invalid input: expected string, received array; received a list
      cowcheck: ./proto.json: Unrecognized key: "__proto__"; received an object
      cowcheck: ./proto-op.json: ops[0].op: one of OPS; received "__proto__"
      cowcheck: ./proto-name.json: ops[0].by: a process name: a letter, then up to 15 letters, digits or _; received "__proto__"
      cowcheck: ./many.json: ops: Too big: expected array to have <=100000 items; received a list
      cowcheck: ./tight.json: world.frames: at least as many frames as the first image has pages of data, bss, heap and stack; received 1
      "
    `);
  });

  test('is refused with exit code 2 and nothing but that line', async () => {
    expect(
      await transcript(
        [
          ['replay', 'missing.json'],
          ['replay', 'empty.json'],
          ['replay', 'long-line.json'],
          ['replay', 'deep-world.json'],
          ['replay', 'deep-op.json'],
          ['replay', 'tight.json'],
        ],
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck replay missing.json
      cowcheck: "missing.json" is no file, no folder, and no id of a finding in .cowcheck/crashes or cowcheck-regressions
      exit 2
      $ cowcheck replay empty.json
      cowcheck: empty.json: the file is empty; a trace is a JSON object with format, world and ops
      exit 2
      $ cowcheck replay long-line.json
      cowcheck: long-line.json: world: Invalid input: expected object, received string; received "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
      exit 2
      $ cowcheck replay deep-world.json
      cowcheck: deep-world.json: world.pageSize: Invalid input: expected number, received undefined; received nothing
      exit 2
      $ cowcheck replay deep-op.json
      cowcheck: deep-op.json: ops[0].as: Invalid input: expected string, received array; received a list
      exit 2
      $ cowcheck replay tight.json
      cowcheck: tight.json: world.frames: at least as many frames as the first image has pages of data, bss, heap and stack; received 1
      exit 2
      "
    `);
  });

  test('is read by shrink and pin with the same care', async () => {
    expect(
      await transcript(
        [
          ['shrink', 'missing.json'],
          ['shrink', 'truncated.json'],
          ['pin', 'empty.json'],
          ['pin', 'good.json'],
          ['shrink', 'good.json'],
        ],
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck shrink missing.json
      cowcheck: "missing.json" is no file, no folder, and no id of a finding in .cowcheck/crashes or cowcheck-regressions
      exit 2
      $ cowcheck shrink truncated.json
      cowcheck: truncated.json: not JSON (Unterminated string in JSON at position N); is the file complete?
      exit 2
      $ cowcheck pin empty.json
      cowcheck: empty.json: the file is empty; a trace is a JSON object with format, world and ops
      exit 2
      $ cowcheck pin good.json
      cowcheck: good.json is a bare trace: no finding says on which target it broke a law, so no search would replay it; type: cowcheck shrink good.json --target TARGET, and pin what that saves
      exit 2
      $ cowcheck shrink good.json
      inconclusive  good.json does not break a law on model: every law held
      exit 3
      "
    `);
  });

  test('that never ends is given up on; a pipe is read', async () => {
    const { code, out, err } = await shell(
      'cowcheck replay /dev/zero; echo "exit $?"; cat good.json | cowcheck replay /dev/stdin',
      cwd,
    );
    expect(`${out}${err}${code}`).toMatchInlineSnapshot(`
      "exit 2
      held  /dev/stdin on model: 1 ops, 1 of 1 times
      cowcheck: /dev/zero: a trace file may have 16777216 bytes; this one has more
      0"
    `);
  });

  test('with ops the target does not offer shows nothing about it', async () => {
    writeFileSync(join(cwd, 'cpu.json'), trace([FORK, { op: 'cpu', cpu: 1 }]));
    const replayed = await cowcheck(['replay', 'cpu.json', '--json'], cwd);
    expect(replayed.code).toBe(3);
    expect(JSON.parse(replayed.out)).toMatchObject({
      verdict: 'inconclusive',
      reproduced: { times: 0, of: 1 },
      why: [
        expect.stringMatching(/^the trace uses cpu, which this target does not offer \(it offers fork, /),
      ],
    });
    const shrunk = await cowcheck(['shrink', 'cpu.json'], cwd);
    expect(shrunk.code).toBe(3);
    expect(shrunk.out).toMatch(
      /^inconclusive {2}cpu\.json does not break a law on model: the trace uses cpu/,
    );
  });
});

describe('a folder', () => {
  const cwd = withFiles();

  test('without traces, an id of nothing, and folders that cannot be written to', async () => {
    expect(
      await transcript(
        [
          ['replay', 'nothing'],
          ['replay', '01234567'],
          ['fuzz', '--runs', '1', '--output', 'good.json/below'],
          ['fuzz', '--runs', '1', '--output', '/proc/cowcheck'],
          ['shrink', 'good.json', '--output', 'good.json'],
          ['fuzz', '--runs', '1', '--regressions', 'good.json'],
        ],
        cwd,
      ),
    ).toMatchInlineSnapshot(`
      "
      $ cowcheck replay nothing
      cowcheck: nothing holds no trace (a .json file); type: cowcheck fuzz model
      exit 2
      $ cowcheck replay 01234567
      cowcheck: "01234567" is no file, no folder, and no id of a finding in .cowcheck/crashes or cowcheck-regressions
      exit 2
      $ cowcheck fuzz --runs 1 --output good.json/below
      cowcheck: good.json/below: cannot be written to (ENOTDIR); choose another with --output DIR
      exit 2
      $ cowcheck fuzz --runs 1 --output /proc/cowcheck
      cowcheck: /proc/cowcheck: cannot be written to (ENOENT); choose another with --output DIR
      exit 2
      $ cowcheck shrink good.json --output good.json
      cowcheck: good.json: cannot be written to (EEXIST); choose another with --output DIR
      exit 2
      $ cowcheck fuzz --runs 1 --regressions good.json
      cowcheck: good.json/model: cannot be read (ENOTDIR)
      exit 2
      "
    `);
  });

  test('of regressions with a broken one in it stops the search before it begins', async () => {
    mkdirSync(join(cwd, 'kept/model'), { recursive: true });
    writeFileSync(join(cwd, 'kept/model/25-broken-01234567.json'), trace([FORK]).slice(0, 40));
    expect(await transcript([['fuzz', '--runs', '1', '--regressions', 'kept']], cwd)).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz --runs 1 --regressions kept
      cowcheck: kept/model/25-broken-01234567.json: not JSON (Unterminated string in JSON at position N); is the file complete?
      exit 2
      "
    `);
  });
});
