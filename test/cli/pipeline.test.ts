// What a pipeline needs: reports that machines read, shards that add up, seeds from outside, regressions first.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { HOSTILE } from '../report/results.ts';
import { cowcheck, folder, MAIN, project, ROOT } from './cowcheck.ts';

const SCHEMA = join(ROOT, 'test/report/junit.xsd');
const missing = spawnSync('xmllint', ['--version']).error !== undefined;
if (missing)
  console.warn(
    'the JUnit reports are not validated: there is no xmllint; to do it: apt-get install libxml2-utils',
  );

/** What xmllint says of a report against the schema; empty if it is valid. */
function invalid(path: string): string {
  const run = spawnSync('xmllint', ['--noout', '--schema', SCHEMA, path], { encoding: 'utf8' });
  return run.status === 0 ? '' : run.stderr;
}

describe('reporters', () => {
  test.skipIf(missing)('a violation: valid XML, annotations, exit code 1', async () => {
    const cwd = folder();
    const { code, out } = await cowcheck(
      [
        'fuzz',
        'mutant:kernel-write-skips-break',
        '--seed',
        '1',
        '--runs',
        '200',
        '--bail',
        '30',
        '--reporter',
        'junit,github',
      ],
      cwd,
    );
    expect(code).toBe(1);
    expect(invalid(join(cwd, '.cowcheck/junit.xml'))).toBe('');
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeGreaterThan(0);
    expect(lines.length).toBeLessThanOrEqual(10);
    for (const line of lines) {
      expect(line).toMatch(/^::error file=[^,]+,title=rule [^:]{1,250}::violated/);
      expect(Buffer.byteLength(line)).toBeLessThan(65_536);
    }
  });

  test.skipIf(missing)('held and inconclusive are valid too', async () => {
    for (const more of [[], ['--ops', 'read']]) {
      const cwd = folder();
      await cowcheck(['fuzz', 'model', '--seed', '1', '--runs', '40', '--reporter', 'junit', ...more], cwd);
      expect(invalid(join(cwd, '.cowcheck/junit.xml'))).toBe('');
    }
  });

  test.skipIf(missing)('the schema accepts not just anything', () => {
    const path = join(folder(), 'x.xml');
    writeFileSync(path, '<testsuites name="x" tests="many"/>');
    expect(invalid(path)).toContain("attribute 'tests'");
  });

  test.skipIf(missing)('text of a hostile target drives none of them', async () => {
    const cwd = project();
    const worst = `${HOSTILE.repeat(60)}\n::set-env name=PATH::/tmp\n##[error]]]><x>&'"`;
    writeFileSync(
      join(cwd, 'hostile.mjs'),
      `const worst = ${JSON.stringify(worst)};
       export default {
         start: () => ({}), fork: () => ({}), read: () => { throw new Error(worst); },
         write: () => { throw new Error(worst); }, identity: { [worst]: worst },
       };`,
    );
    const { code, out, err } = await cowcheck(
      ['fuzz', './hostile.mjs', '--seed', '1', '--runs', '20', '--reporter', 'text,junit,github'],
      cwd,
    );
    expect(code).toBe(1);
    expect(invalid(join(cwd, '.cowcheck/junit.xml'))).toBe('');
    // eslint-disable-next-line no-control-regex
    const drives = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e\ud800-\udfff]/u;
    expect(out + err).not.toMatch(drives);
    expect(out).not.toMatch(/^(::set-env|##\[)/m);
    const again = await cowcheck(['replay', '.cowcheck/crashes', '--target', './hostile.mjs'], cwd);
    expect(again.code).toBe(1);
    const json = await cowcheck(['fuzz', './hostile.mjs', '--seed', '1', '--runs', '20', '--json'], cwd);
    expect(json.out.trimEnd().split('\n')).toHaveLength(1);
    expect(JSON.parse(json.out)).toMatchObject({ verdict: 'violated' });
  });
});

describe('shards', () => {
  test('1/4 to 4/4 together run exactly the runs of the whole', async () => {
    const cwd = folder();
    const run = async (...more: readonly string[]): Promise<Counts> =>
      JSON.parse(
        (await cowcheck(['fuzz', 'model', '--seed', '3', '--runs', '203', '--json', ...more], cwd)).out,
      ) as Counts;
    const whole = await run();
    const parts = await Promise.all([1, 2, 3, 4].map(i => run('--shard', `${i}/4`)));
    const sum = (of: (one: Counts) => number): number => parts.reduce((all, part) => all + of(part), 0);
    expect(sum(part => part.runs)).toBe(whole.runs);
    expect(sum(part => part.ops)).toBe(whole.ops);
    expect(sum(part => part.sweeps.failures)).toBe(whole.sweeps.failures);
    for (const op of Object.keys(whole.opsHit))
      expect(sum(part => part.opsHit[op] ?? 0)).toBe(whole.opsHit[op]);
    for (const rule of Object.keys(whole.rulesHit))
      expect(sum(part => part.rulesHit[rule] ?? 0)).toBe(whole.rulesHit[rule]);
    expect(new Set(parts.map(part => part.digest)).size).toBe(4);
  });
});

interface Counts {
  readonly runs: number;
  readonly ops: number;
  readonly digest: string;
  readonly seed: number;
  readonly sweeps: { readonly failures: number };
  readonly opsHit: Readonly<Record<string, number>>;
  readonly rulesHit: Readonly<Record<string, number>>;
}

test('the seed comes from the environment', async () => {
  const { out } = await cowcheck(['fuzz', 'model', '--runs', '20', '--json'], folder(), {
    COWCHECK_SEED: '77',
  });
  expect((JSON.parse(out) as Counts).seed).toBe(77);
});

test('a kept finding is run before anything else', async () => {
  const cwd = folder();
  const mutant = 'mutant:exit-frees-shared-frames';
  await cowcheck(['fuzz', mutant, '--seed', '1', '--runs', '100'], cwd);
  const [crash = ''] = readdirSync(join(cwd, '.cowcheck/crashes'));
  await cowcheck(['pin', join('.cowcheck/crashes', crash)], cwd);
  const { code, out } = await cowcheck(['fuzz', mutant, '--seed', '2', '--runs', '1', '--json'], cwd);
  const { runs, counterexamples } = JSON.parse(out) as Counts & {
    readonly counterexamples: readonly { readonly file: string }[];
  };
  expect(code).toBe(1);
  expect(runs).toBe(1);
  expect(counterexamples[0]?.file).toContain('cowcheck-regressions/');
});

describe('the workflows', () => {
  test.each(['github.yml', 'gitlab.yml'])('%s uses flags that there are', name => {
    const text = readFileSync(join(ROOT, 'examples/ci', name), 'utf8');
    const help = spawnSync(process.execPath, [MAIN, 'fuzz', '--help'], { encoding: 'utf8' }).stdout;
    const [line = ''] = /npx cowcheck fuzz .*/.exec(text) ?? [];
    const flags = line.match(/--[a-z-]+/g) ?? [];
    expect(flags).toContain('--shard');
    for (const flag of flags) expect(help).toContain(`${flag} `);
    expect(text).toContain('COWCHECK_SEED');
    expect(text).toContain('.cowcheck/');
  });
});
