// npm run bench:explore: the explorer against Spin, on the same small world, in one run.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build, pan, type Searched } from './pan.ts';
import type { Scope } from './promela.ts';

/** What both are to search to the end. */
const SCOPE: Scope = { processes: 3, pages: 2, frames: 6, values: 2 };
const ROUNDS = 3;

const main = join(import.meta.dirname, '../../cli/main.js');

/** Our search of `scope`: its states, and CPU seconds of the search alone. */
function ours({ processes, pages, frames, values }: Scope): Searched {
  const text = execFileSync(
    process.execPath,
    [
      main,
      'explore',
      'model',
      '--procs',
      `${processes}`,
      '--pages',
      `${pages}`,
      '--frames',
      `${frames}`,
      '--values',
      `${values}`,
      '--ops',
      'fork,write,exec,exit',
      '--json',
      '--output',
      folder,
    ],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
  );
  const { states, cpuSeconds } = JSON.parse(text) as { readonly states: number; readonly cpuSeconds: number };
  return { states, seconds: cpuSeconds };
}

/** The same search in a process that has done it before, as Spin's has been compiled before: the last half of its rounds. */
function warm({ processes, pages, frames, values }: Scope): readonly Searched[] {
  const worker = join(import.meta.dirname, 'warm.js');
  const args = [processes, pages, frames, values].map(String);
  return JSON.parse(execFileSync(process.execPath, [worker, ...args], { encoding: 'utf8' })) as Searched[];
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;

const folder = mkdtempSync(join(tmpdir(), 'cowcheck-spin-'));
try {
  if (spawnSync('spin', ['-V']).error !== undefined) {
    process.stderr.write('cowcheck: spin was not found; type: apt-get install spin\n');
    process.exitCode = 4;
  } else {
    const program = build(SCOPE, folder);
    const theirs: Searched[] = [];
    const own: Searched[] = [];
    const compiled: Searched[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      theirs.push(pan(program));
      own.push(ours(SCOPE));
      compiled.push(...warm(SCOPE));
    }
    const spinSeconds = median(theirs.map(({ seconds }) => seconds));
    const seconds = median(own.map(one => one.seconds));
    const warmSeconds = median(compiled.map(one => one.seconds));
    process.stdout.write(
      `${JSON.stringify({
        scope: SCOPE,
        spin: { states: theirs[0]?.states, cpuSeconds: spinSeconds },
        cowcheck: { states: own[0]?.states, cpuSeconds: seconds, cpuSecondsCompiled: warmSeconds },
        ratio: Math.round((10 * spinSeconds) / seconds) / 10,
        ratioCompiled: Math.round((10 * spinSeconds) / warmSeconds) / 10,
      })}\n`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
