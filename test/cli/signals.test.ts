// What is promised when somebody or something stops the command: exit codes, whole output, nothing found is lost.
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../spec/parse.ts';
import { cowcheck, folder, MAIN, shell, start } from './cowcheck.ts';

const DIST = join(MAIN, '../..');

/** A search that ends only when it is told to. */
const search = (cwd: string, ...more: readonly string[]): ReturnType<typeof start> =>
  start(process.execPath, [MAIN, 'fuzz', 'model', '--time', '10m', '--seed', '1', ...more], cwd);

const BEGUN = 'cowcheck: fuzz model, seed 1';
const STOPPING = 'cowcheck: stopping after this step (once more to stop at once)';

describe('a signal', () => {
  test('Ctrl-C ends the search in order: 130, the summary, the state on disk', async () => {
    const cwd = folder();
    const { child, said, ended } = search(cwd);
    await said(BEGUN);
    child.kill('SIGINT');
    const { code, out, err } = await ended;
    expect(code).toBe(130);
    expect(err).toBe(`${BEGUN}, 600 s\n${STOPPING}\n`);
    expect(out).toMatch(/^(held|inconclusive) {2}model: [\d,]+ runs, [\d,]+ ops in [\d.]+ s, seed 1\n/);
    const saved = JSON.parse(
      readFileSync(join(cwd, '.cowcheck/runs/latest/summary.json'), 'utf8'),
    ) as unknown;
    expect(saved).toMatchObject({ target: 'model', seed: 1, interrupted: true });
  });

  test('with --json standard output is still one object', async () => {
    const { child, said, ended } = search(folder(), '--json');
    // The first progress line: the search is under way.
    await said('fuzz model: ');
    child.kill('SIGINT');
    const { code, out } = await ended;
    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'held', target: 'model', interrupted: true });
  });

  test('SIGTERM: 143', async () => {
    const { child, said, ended } = search(folder());
    await said(BEGUN);
    child.kill('SIGTERM');
    const { code, out } = await ended;
    expect(code).toBe(143);
    expect(out).toContain('model: ');
  });
});

/**
 * A program over the library whose target stops answering once its bug is found and confirmed: so it hangs in the
 * middle of shrinking, having said so.
 */
const HANGS = `
import { Store } from ${JSON.stringify(join(DIST, 'runner/store.js'))};
import { fuzz, namedTarget } from ${JSON.stringify(join(DIST, 'index.js'))};
import { onInterrupt } from ${JSON.stringify(join(DIST, 'cli/interrupt.js'))};
import { Console } from ${JSON.stringify(join(DIST, 'cli/console.js'))};
const buggy = await namedTarget('mutant:break-keeps-old-reference');
let runs = 0;
const target = { name: buggy.name, open: async world => {
  const session = await buggy.open(world);
  return { can: session.can, reset: () => session.reset(), close: () => session.close(),
    run: async (tape, inspect, into) => {
      // Found, and seen twice more.
      if (++runs > 3) {
        process.stderr.write('shrinking\\n');
        await new Promise(resolve => setInterval(resolve, 2 ** 30));
      }
      return session.run(tape, inspect, into);
    } };
} };
onInterrupt(new Console());
await fuzz({ target, seed: 1, runs: 1, store: new Store('.cowcheck', 'cowcheck-regressions') });
`;

describe('in the middle of shrinking', () => {
  test('kill -9 loses nothing: the finding was on disk before, and replays', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'hangs.mjs'), HANGS);
    const { child, said, ended } = start(process.execPath, ['hangs.mjs'], cwd);
    await said('shrinking');
    child.kill('SIGKILL');
    expect(await ended).toMatchObject({ code: null, signal: 'SIGKILL' });
    const crashes = readdirSync(join(cwd, '.cowcheck/crashes'));
    expect(crashes).toHaveLength(1);
    const file = join('.cowcheck/crashes', crashes[0] ?? '');
    const { finding, ops } = parseTrace(readFileSync(join(cwd, file), 'utf8'));
    expect(finding).toMatchObject({ rule: 25, target: 'mutant:break-keeps-old-reference', seed: 1 });
    expect(ops.length).toBeGreaterThan(2);
    expect((await cowcheck(['replay', file], cwd)).code).toBe(1);
    // And shrinking can be taken up where it was interrupted.
    const shrunk = await cowcheck(['shrink', file, '--json'], cwd);
    expect(shrunk.code).toBe(1);
    expect(JSON.parse(shrunk.out)).toMatchObject({ complete: true, counterexamples: [{ ops: 2, rule: 25 }] });
  });

  test('Ctrl-C twice ends at once: 130', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'hangs.mjs'), HANGS);
    const { child, said, ended } = start(process.execPath, ['hangs.mjs'], cwd);
    await said('shrinking');
    child.kill('SIGINT');
    await said(STOPPING);
    child.kill('SIGINT');
    expect(await ended).toMatchObject({
      code: 130,
      err: `shrinking\n${STOPPING}\ncowcheck: stopped at once; what was found before is on disk\n`,
    });
    expect(readdirSync(join(cwd, '.cowcheck/crashes'))).toHaveLength(1);
  });
});

describe('standard output', () => {
  test('closed early is no error', async () => {
    const { out, err } = await shell(
      `cowcheck fuzz mutant:fork-leaves-child-writable --seed 1 | head -1; echo "\${PIPESTATUS[0]}"
       cowcheck --help | :; echo "\${PIPESTATUS[0]}"
       cowcheck fuzz --runs 20 --json | :; echo "\${PIPESTATUS[0]}"`,
      folder(),
    );
    expect(out).toBe('violated  frames.shared-is-read-only  (rule 29)\n1\n0\n0\n');
    expect(err).toBe('cowcheck: fuzz mutant:fork-leaves-child-writable, seed 1, 60 s\n');
  });

  test.runIf(existsSync('/dev/full'))('that takes nothing is said, and the exit code stands', async () => {
    const { code, err } = await shell(
      'cowcheck fuzz mutant:fork-leaves-child-writable --seed 1 --json >/dev/full',
      folder(),
    );
    expect({ code, err }).toEqual({ code: 1, err: 'cowcheck: standard output cannot be written (ENOSPC)\n' });
  });
});
