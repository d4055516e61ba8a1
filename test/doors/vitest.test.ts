// The vitest door in a project of its own: a wrong implementation fails with its counterexample, one that shows nothing fails too.
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { project, ROOT, start, type Ended } from '../cli/cowcheck.ts';

const VITEST = join(ROOT, 'node_modules/vitest/vitest.mjs');

const SUITE = `
import { modelTarget, namedTarget } from 'cowcheck';
import { describeCow } from 'cowcheck/vitest';
describeCow('right', modelTarget(), { runs: 60 });
describeCow('wrong', await namedTarget('mutant:fork-leaves-child-writable'));
describeCow('mute', modelTarget(), { runs: 60, ops: ['read'] });
`;

interface Outcome {
  readonly fullName: string;
  readonly status: string;
  readonly failureMessages: readonly string[];
}

/** A project with the package installed and the suite in it. */
function suiteOf(suite = SUITE): string {
  const cwd = project();
  symlinkSync(join(ROOT, 'node_modules/vitest'), join(cwd, 'node_modules/vitest'));
  writeFileSync(join(cwd, 'package.json'), '{"type":"module"}');
  writeFileSync(join(cwd, 'cow.test.js'), suite);
  return cwd;
}

const run = (cwd: string, env: NodeJS.ProcessEnv = {}, ...more: string[]): Promise<Ended> =>
  start(process.execPath, [VITEST, 'run', '--reporter', 'json', ...more], cwd, { CI: '1', ...env }).ended;

describe('a project that uses describeCow', () => {
  let ended: Ended;
  let outcomes: readonly Outcome[] = [];
  beforeAll(async () => {
    ended = await run(suiteOf());
    const report = JSON.parse(ended.out) as { testResults: { assertionResults: Outcome[] }[] };
    outcomes = report.testResults.flatMap(file => file.assertionResults);
  });

  const of = (name: string): readonly Outcome[] =>
    outcomes.filter(one => one.fullName.startsWith(`${name} is `));

  test('fails as a whole, for a part of it is wrong', () => {
    expect(ended.code).toBe(1);
    expect(outcomes).toHaveLength(12);
  });

  test('passes for the model, a test a profile, with the seed in its name', () => {
    expect(of('right').map(({ fullName, status }) => `${status}: ${fullName}`)).toMatchInlineSnapshot(`
      [
        "passed: right is copy-on-write (seed 1) profile base: memory reads as after an eager copy, frames are accounted for",
        "passed: right is copy-on-write (seed 1) profile oom: memory reads as after an eager copy, frames are accounted for",
        "passed: right is copy-on-write (seed 1) profile kernel: memory reads as after an eager copy, frames are accounted for",
        "passed: right is copy-on-write (seed 1) profile pin: memory reads as after an eager copy, frames are accounted for",
      ]
    `);
  });

  test('fails for a mutant with the counterexample in the message', () => {
    expect(of('wrong').map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'failed']);
    const message = of('wrong')[0]?.failureMessages[0] ?? '';
    expect(
      message.replace(/\n {4}at [\s\S]*/, '').replace(/shrunk from \d+/, 'shrunk from N'),
    ).toMatchInlineSnapshot(`
      "AssertionError: frames.shared-is-read-only (rule 29)
      violated  frames.shared-is-read-only  (rule 29)
                A shared frame has no writable translation anywhere once fork returns; after a break no processor uses the old one.
      op 1 of 1, seed 1, target mutant:fork-leaves-child-writable
        >  1  fork A -> B
      required  frame 0 has 2 holders: no entry may be writable
      found     1 writable
      because   frame 0 is held by A (data page 0) and B (data page 0) since the fork, and a store through the writable entry will show in all of them without a fault."
    `);
  });

  test('fails for a search that could show nothing', () => {
    expect(of('mute').map(({ status }) => status)).toEqual(['failed', 'failed', 'failed', 'failed']);
    expect(of('mute')[0]?.failureMessages[0]).toContain(
      'inconclusive: the ops in use cannot show any sharing: fork and write are needed',
    );
  });
});

test('an object with the methods is taken as it is, and its failure reads well in the default reporter', async () => {
  const cwd = suiteOf(`
import { describeCow } from 'cowcheck/vitest';
const eager = {
  start: image => ({ pages: image.map(bytes => bytes.slice()) }),
  fork: ({ pages }) => ({ pages: pages.map(bytes => bytes.slice()) }),
  read: ({ pages }, page, offset, length) => pages[page].subarray(offset, offset + length),
  write: ({ pages }, page, offset, bytes) => pages[page].set(bytes, offset),
};
describeCow('right', eager, { runs: 60 });
describeCow('wrong', { ...eager, fork: parent => ({ pages: [...parent.pages] }) }, { runs: 60 });
`);
  const { code, out, err } = await start(process.execPath, [VITEST, 'run', '--reporter', 'default'], cwd, {
    CI: '1',
    NO_COLOR: '1',
  }).ended;
  expect(code).toBe(1);
  expect(out).toContain('Tests  4 failed | 4 passed (8)');
  const first = err.slice(err.indexOf('AssertionError'), err.indexOf('\n\n', err.indexOf('AssertionError')));
  expect(first.replace(/\n ❯[\s\S]*/, '').replace(/shrunk from \d+/, 'shrunk from N')).toMatchInlineSnapshot(`
    "AssertionError: reply.bytes (rule 2)
    violated  reply.bytes  (rule 2)
              After fork, a write by one process to a private page is seen by that process at once and by no other process, ever.
    op 3 of 3 (shrunk from N), seed 1, target wrong
         1  fork A -> B
         2  write A data+0 length 1 = 0
      >  3  read B data+0 length 1
    required  01
    found     00
    because   A stored this byte with write A data+0 length 1 = 0 (op 2); B has a memory of its own and must not see it at data+0."
  `);
});

test('a seed that is no number is refused', async () => {
  const { code, out } = await run(suiteOf(), { COWCHECK_SEED: 'abc' });
  expect(code).toBe(1);
  expect(out).toContain(
    'COWCHECK_SEED was given \\"abc\\"; it takes a whole number; type for example: COWCHECK_SEED=1',
  );
});
