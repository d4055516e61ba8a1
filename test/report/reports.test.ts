// The reports: what people read is pinned, what machines read is parsed by a parser that is not ours.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeReplies } from '../../report/answers.ts';
import { githubReport } from '../../report/github.ts';
import { jsonReport } from '../../report/json.ts';
import { junitReport } from '../../report/junit.ts';
import { progressLine, summaryText, violationText } from '../../report/text.ts';
import * as reply from '../../spec/reply.ts';
import { INJECTED, Transcript } from '../../spec/transcript.ts';
import { cowcheck, folder } from '../cli/cowcheck.ts';
import { tape } from '../history.ts';
import { counterexample, HELD, HOSTILE, HOSTILE_RESULT, INCONCLUSIVE, VIOLATED } from './results.ts';

describe('for people', () => {
  test('a violation', () => {
    expect(violationText(counterexample())).toMatchInlineSnapshot(`
      "violated  reply.bytes  (rule 2)
                After fork, a write by one process to a private page is seen by that process at once and by no other process, ever.
      op 3 of 4 (shrunk from 25), seed 541, target ./mine.js
           1  fork A -> B
           2  write B data+0 length 1 = 9
        >  3  read A data+0 length 1
           4  exit B status 0
      required  bytes 00
      found     bytes 09
      because   B wrote it.
      saved     found/ab.json
      replay    npx cowcheck replay found/ab.json"
    `);
  });

  test('a violation as short as it gets, unsaved, without a seed', () => {
    const { trace, ...rest } = counterexample({ because: '', shrunkFrom: 4 }, '');
    const { seed: _, ...finding } = trace.finding ?? {};
    expect(violationText({ ...rest, trace: { ...trace, finding } as typeof trace })).toMatchInlineSnapshot(`
      "violated  reply.bytes  (rule 2)
                After fork, a write by one process to a private page is seen by that process at once and by no other process, ever.
      op 3 of 4, target ./mine.js
           1  fork A -> B
           2  write B data+0 length 1 = 9
        >  3  read A data+0 length 1
           4  exit B status 0
      required  bytes 00
      found     bytes 09"
    `);
  });

  test('no line but its own begins a line, whatever the target says', () => {
    // Text of several lines stands further in than the report's own words begin.
    const own = (text: string): readonly string[] => text.split('\n').filter(line => !/^ {10}/.test(line));
    const plain = own(violationText(counterexample()));
    const hostile = own(violationText(HOSTILE_RESULT.counterexamples[0] ?? counterexample()));
    expect(hostile.map(line => line.slice(0, 6))).toEqual(plain.map(line => line.slice(0, 6)));
  });

  test('what a search covered', () => {
    expect(summaryText(HELD)).toMatchInlineSnapshot(`
      "held  ./mine.js: 12,345 runs, 678,901 ops in 12.3 s, seed 541
      ops        fork 1,000 · write 2,000 · read 0
      rules      1 2 3 (never)
      witnesses  a fork shared a frame 30
      sweeps     2 tapes, 9 allocations failed in turn
      failed at  copy: first 4
      never hit  op read, rule 3
      not tried  vfork exec
      not judged rules 4 5: the ops or the inspection they need are not there
      not asked  1 invariants that need what is not inspected here: faults (--json names them)
      left out   the machine shows no frame numbers without privileges"
    `);
    expect(summaryText(VIOLATED)).toMatchInlineSnapshot(
      `"violated  ./mine.js: 12,345 runs, 678,901 ops in 12.3 s, seed 541"`,
    );
    expect(summaryText(INCONCLUSIVE).split('\n').slice(0, 3).join('\n')).toMatchInlineSnapshot(`
      "inconclusive  ./mine.js: 12,345 runs, 678,901 ops in 12.3 s, seed 541
      because    it never happened that a write broke a shared page
      because    the rig failed"
    `);
  });

  test('progress', () => {
    expect(
      progressLine({
        target: 'linux',
        seconds: 12.04,
        runs: 482,
        ops: 48_211,
        opsHit: [17, 18],
        rulesHit: [22, 24],
        sinceNew: 2.2,
        violations: 0,
      }),
    ).toBe(
      'fuzz linux: 12s, runs 482 (40/s), ops 48k, ops hit 17/18, rules hit 22/24, last new 2s ago, violations 0',
    );
    expect(
      progressLine({
        target: '\u001b[2J',
        seconds: 0,
        runs: 12_345,
        ops: 48_211_000,
        opsHit: [1, 2],
        rulesHit: [3, 4],
        sinceNew: 0,
        violations: 1,
      }),
    ).toBe(
      'fuzz \\x1b[2J: 0s, runs 12k (12.3M/s), ops 48.2M, ops hit 1/2, rules hit 3/4, last new 0s ago, violations 1',
    );
  });

  test('every kind of answer, op by op', () => {
    const world = counterexample().trace.world;
    const done = tape(
      world,
      `fork A -> B
       exec A image 0 execve argument 7
       read A data+0 length 2
       kread A data+0 length 8
       wait A
       wait A
       fork A -> C
       write A data+0 length 1 = 1
       kwrite A data+0 length 1 = 1
       exit B status 3
       read B data+0 length 1`,
    );
    const seen = new Transcript();
    seen.reply(reply.FORKED, 1, 0);
    seen.reply(reply.EXECUTED, 0, 7, 8);
    const start = seen.reserveBytes(2);
    seen.bytes.set([0, 255], start);
    seen.reply(reply.BYTES, start, 2);
    seen.reply(reply.DIGEST, -1);
    seen.reply(reply.REAPED, 1, 3);
    seen.reply(reply.REAPED, 1, reply.ENDED_KILLED);
    seen.reply(reply.REFUSED, 1);
    seen.reply(reply.KILLED, 0, 0, 0, INJECTED);
    seen.reply(reply.FAULT, 0);
    seen.reply(reply.OK);
    expect(`\n${describeReplies(done, seen).join('\n')}\n`).toMatchInlineSnapshot(`
      "
          1  fork A -> B                                   forked: B in the parent, 0 in the child
          2  exec A image 0 execve argument 7              executed image 0, argument 7, environment 8
          3  read A data+0 length 2                        bytes 00 ff
          4  kread A data+0 length 8                       digest ffffffff
          5  wait A                                        reaped B, status 3
          6  wait A                                        reaped B, killed
          7  fork A -> C                                   refused (processes)
          8  write A data+0 length 1 = 1                   killed (memory) (injected failure)
          9  kwrite A data+0 length 1 = 1                  fault
         10  exit B status 3                               ok
         11  read B data+0 length 1                        (not answered)
      "
    `);
  });
});

const KEYS = [
  'verdict',
  'target',
  'seed',
  'runs',
  'ops',
  'seconds',
  'opsHit',
  'opsLeftOut',
  'rulesHit',
  'rulesLeftOut',
  'witnesses',
  'counterexamples',
];
/** Beyond what is promised: what the text report says, too. */
const MORE = [
  'sitesHit',
  'sweeps',
  'digest',
  'identity',
  'inspectionLeftOut',
  'invariantsLeftOut',
  'unhit',
  'why',
];

test('every reason for a refusal has its word', () => {
  const done = tape(counterexample().trace.world, 'fork A -> B');
  const reasons = Object.entries(reply).filter(([name]) => name.startsWith('FOR_'));
  expect(reasons.length).toBeGreaterThan(3);
  for (const [name, reason] of reasons) {
    const seen = new Transcript();
    seen.reply(reply.REFUSED, Number(reason));
    const word = name.slice(4).toLowerCase();
    expect(describeReplies(done, seen)[0]?.trimEnd()).toMatch(new RegExp(`refused \\(${word}\\)$`));
  }
});

describe('JSON', () => {
  test('has the promised keys in their order, and then what the text says too', () => {
    expect(Object.keys(JSON.parse(jsonReport(HELD)) as object)).toEqual([...KEYS, ...MORE]);
    expect(Object.keys(JSON.parse(jsonReport({ ...HELD, interrupted: true })) as object)).toEqual([
      ...KEYS,
      ...MORE,
      'interrupted',
    ]);
    const { counterexamples } = JSON.parse(jsonReport(VIOLATED)) as { counterexamples: unknown };
    expect(counterexamples).toEqual([
      {
        id: 'abcdef01',
        rule: 2,
        invariant: 'reply.bytes',
        ops: 4,
        shrunkFrom: 25,
        file: 'found/ab.json',
        replay: 'npx cowcheck replay found/ab.json',
      },
    ]);
  });

  test('gives back what the target said, on one line', () => {
    const text = jsonReport(HOSTILE_RESULT);
    expect(text).not.toContain('\n');
    expect(JSON.parse(text)).toMatchObject({ target: HOSTILE, inspectionLeftOut: [HOSTILE] });
  });

  test('is all there is on standard output', async () => {
    const { code, out, err } = await cowcheck(['fuzz', '--runs', '60', '--seed', '1', '--json'], folder());
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out.endsWith('}\n')).toBe(true);
    expect(Object.keys(JSON.parse(out) as object)).toEqual([...KEYS, ...MORE]);
  });
});

/** An XML document as Python's parser understands it: each element with its attributes and text. */
function parsed(xml: string): readonly { tag: string; attributes: Record<string, string>; text: string }[] {
  const program = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
json.dump([{'tag': e.tag, 'attributes': e.attrib, 'text': e.text or ''} for e in root.iter()], sys.stdout)`;
  const run = spawnSync('python3', ['-c', program], { input: xml, encoding: 'utf8' });
  expect(run.stderr).toBe('');
  return JSON.parse(run.stdout) as ReturnType<typeof parsed>;
}

const python = spawnSync('python3', ['-c', 'import xml.etree.ElementTree']).status === 0;

describe('JUnit', () => {
  test('of a search that held', () => {
    expect(junitReport(HELD)).toMatchInlineSnapshot(`
      "<?xml version="1.0" encoding="UTF-8"?>
      <testsuites name="cowcheck" tests="4" failures="0" errors="0" skipped="1" time="12.346">
        <testsuite name="cowcheck ./mine.js" tests="4" failures="0" errors="0" skipped="1" time="12.346">
          <properties>
            <property name="seed" value="541"/>
            <property name="runs" value="12345"/>
            <property name="ops" value="678901"/>
          </properties>
          <testcase classname="cowcheck ./mine.js" name="rule 1: At the instant fork returns, every byte of every private page reads the same in parent and child." time="0"></testcase>
          <testcase classname="cowcheck ./mine.js" name="rule 2: After fork, a write by one process to a private page is seen by that process at once and by no other process, ever." time="0"></testcase>
          <testcase classname="cowcheck ./mine.js" name="rule 3: Rule 2 holds for any family shape: chains, siblings, grandchildren, re-fork of shared pages, any number of sharers." time="0">
            <skipped message="its premise never came about"/>
          </testcase>
          <testcase classname="cowcheck ./mine.js" name="verdict" time="12.346"></testcase>
          <system-out>held  ./mine.js: 12,345 runs, 678,901 ops in 12.3 s, seed 541
      ops        fork 1,000 · write 2,000 · read 0
      rules      1 2 3 (never)
      witnesses  a fork shared a frame 30
      sweeps     2 tapes, 9 allocations failed in turn
      failed at  copy: first 4
      never hit  op read, rule 3
      not tried  vfork exec
      not judged rules 4 5: the ops or the inspection they need are not there
      not asked  1 invariants that need what is not inspected here: faults (--json names them)
      left out   the machine shows no frame numbers without privileges</system-out>
        </testsuite>
      </testsuites>
      "
    `);
  });

  test.each([
    ['held', HELD],
    ['violated', VIOLATED],
    ['inconclusive', INCONCLUSIVE],
    ['violated, hostile', HOSTILE_RESULT],
  ])('is XML, and counts right: %s', (_, result) => {
    if (!python) expect.fail('python3 is needed to parse XML; apt-get install python3');
    const elements = parsed(junitReport(result));
    const count = (tag: string): string => String(elements.filter(one => one.tag === tag).length);
    const [suites, suite] = elements;
    expect(suites?.tag).toBe('testsuites');
    expect(suite?.tag).toBe('testsuite');
    const counts = {
      tests: count('testcase'),
      failures: count('failure'),
      errors: count('error'),
      skipped: count('skipped'),
    };
    expect(suites?.attributes).toMatchObject(counts);
    expect(suite?.attributes).toMatchObject(counts);
    expect(counts).toMatchObject({
      tests: '4',
      failures: result.verdict === 'violated' ? '1' : '0',
      errors: result.verdict === 'inconclusive' ? '1' : '0',
    });
  });

  test('keeps hostile text as text', () => {
    const elements = parsed(junitReport(HOSTILE_RESULT));
    expect(elements.some(one => one.tag === 'script')).toBe(false);
    const failure = elements.find(one => one.tag === 'failure');
    expect(failure?.text).toContain(']]> <script>alert(1)</script> & "q" \'a\' \\x1b[31mred');
  });

  test('two findings of one rule are two failures', () => {
    const twice = {
      ...VIOLATED,
      counterexamples: [counterexample(), counterexample({ invariant: 'kernel.read' })],
    };
    const elements = parsed(junitReport(twice));
    const failures = elements.filter(one => one.tag === 'failure');
    expect(failures.map(one => one.attributes['message'])).toEqual(['reply.bytes', 'kernel.read']);
    expect(elements[0]?.attributes['failures']).toBe('2');
  });
});

describe('GitHub', () => {
  const lines = (count: number): readonly string[] =>
    githubReport({
      ...VIOLATED,
      counterexamples: Array.from({ length: count }, (_, i) => counterexample({}, `found/${i}.json`)),
    }).split('\n');

  test('one annotation a finding, at most ten', () => {
    expect(lines(1)).toMatchInlineSnapshot(`
      [
        "::error file=found/0.json,title=rule 2%3A reply.bytes::violated  reply.bytes  (rule 2)%0A          After fork, a write by one process to a private page is seen by that process at once and by no other process, ever.%0Aop 3 of 4 (shrunk from 25), seed 541, target ./mine.js%0A     1  fork A -> B%0A     2  write B data+0 length 1 = 9%0A  >  3  read A data+0 length 1%0A     4  exit B status 0%0Arequired  bytes 00%0Afound     bytes 09%0Abecause   B wrote it.%0Asaved     found/0.json%0Areplay    npx cowcheck replay found/0.json",
      ]
    `);
    expect(lines(10)).toHaveLength(10);
    expect(lines(25)).toHaveLength(10);
  });

  test('nothing to say when all held, a warning when nothing was shown', () => {
    expect(githubReport(HELD)).toBe('');
    expect(githubReport(INCONCLUSIVE)).toMatchInlineSnapshot(
      `"::warning title=cowcheck%3A inconclusive::it never happened that a write broke a shared page; the rig failed"`,
    );
  });

  test('an annotation keeps to the limits of GitHub', () => {
    const long = counterexample({ invariant: 'x'.repeat(300), found: 'é\u{1f404}'.repeat(40_000) });
    const [line = ''] = githubReport({ ...VIOLATED, counterexamples: [long] }).split('\n');
    const title = /title=([^:]*)::/.exec(line)?.[1] ?? '';
    expect(title.length).toBeLessThanOrEqual(255);
    expect(Buffer.byteLength(line)).toBeLessThan(65_536);
    expect(line).toMatch(/… \(cut\)$/);
    expect(line).not.toContain('\ufffd');
  });

  test('hostile text commands nothing', () => {
    const report = githubReport(HOSTILE_RESULT);
    expect(report.split(/\r|\n/)).toHaveLength(1);
    const [, properties = ''] = /^::error (.*?)::/.exec(report) ?? [];
    expect(properties.split(',').map(one => one.split('=')[0])).toEqual(['file', 'title']);
  });

  test('is there by itself in a GitHub job, after the text', async () => {
    const { code, out } = await cowcheck(
      ['fuzz', 'mutant:fork-leaves-child-writable', '--seed', '1'],
      folder(),
      { GITHUB_ACTIONS: 'true' },
    );
    expect(code).toBe(1);
    expect(out.split('\n').filter(line => line.startsWith('::'))).toHaveLength(1);
    expect(out).toMatch(/^violated {2}frames\.shared-is-read-only/);
  });
});

test('JUnit from the command line lies in the output folder', async () => {
  const cwd = folder();
  const { code, out, err } = await cowcheck(
    ['fuzz', 'mutant:fork-leaves-child-writable', '--seed', '1', '--reporter', 'junit'],
    cwd,
  );
  expect({ code, out, err }).toEqual({
    code: 1,
    out: '',
    err: 'cowcheck: JUnit report in .cowcheck/junit.xml\n',
  });
  const elements = parsed(readFileSync(join(cwd, '.cowcheck/junit.xml'), 'utf8'));
  expect(elements.find(one => one.tag === 'failure')?.attributes['message']).toBe(
    'frames.shared-is-read-only',
  );
});
