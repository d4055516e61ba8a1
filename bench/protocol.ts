// `npm run bench:protocol`: ops per CPU second through the line protocol with the C kit, both processes counted.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commandTarget, fuzz, Transcript } from 'cowcheck';
import { TapeWriter } from '../properties/generator/writer.ts';
import { worldsFor } from '../runner/worlds.ts';

const RUNS = 6000;
const ROUNDS = 5;
/** From dist/bench to the sources. */
const SOURCES = new URL('../../', import.meta.url).pathname;

/** Processor seconds of this process and of all its children that have ended. */
function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (user + system) / 1e6 + (Number(fields[13]) + Number(fields[14])) / 100;
}

function built(folder: string, name: string, source: string): string {
  const path = join(folder, name);
  const run = spawnSync('cc', ['-O2', '-o', path, join(SOURCES, source)], { encoding: 'utf8' });
  if (run.status !== 0)
    throw new Error(`cc: ${run.error?.message ?? run.stderr}; apt-get install gcc libc6-dev`);
  return path;
}

async function perCpuSecond(work: () => Promise<number>): Promise<number> {
  const before = cpuSeconds();
  const ops = await work();
  return ops / (cpuSeconds() - before);
}

/** Generated, sent in batches, answered, inspected with all contents, and judged. */
async function checked(agent: string, seed: number): Promise<number> {
  const target = await commandTarget({ command: agent });
  const result = await fuzz({ target, profile: 'base', runs: RUNS, seed });
  if (result.verdict !== 'held') throw new Error(`the toy does not hold: ${result.why.join('; ')}`);
  return result.ops;
}

/** The same tapes to an agent that does nothing: written, sent, answered and parsed. */
async function lines(agent: string, seed: number): Promise<number> {
  const target = await commandTarget({ command: agent });
  const worlds = worldsFor('base', {}, target.limits, 6);
  let ops = 0;
  for (const [i, world] of worlds.entries()) {
    const session = await target.open(world);
    const writer = new TapeWriter(world, {
      ops: session.can.ops,
      profile: 'base',
      maxOps: 120,
      refusalKills: false,
      readBack: false,
    });
    const seen = new Transcript();
    for (let run = i; run < RUNS; run += worlds.length) {
      const tape = writer.write(seed, run);
      seen.clear();
      await session.reset();
      await session.run(tape, 'none', seen);
      ops += seen.count;
    }
    await session.close();
  }
  return ops;
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

const folder = mkdtempSync(join(tmpdir(), 'cowcheck-bench-'));
try {
  const toy = built(folder, 'toy', 'agents/c/toy.c');
  const noop = built(folder, 'noop', 'bench/noop.c');
  const full: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    full.push(await perCpuSecond(() => checked(toy, round + 1)));
    bare.push(await perCpuSecond(() => lines(noop, round + 1)));
  }
  const share = median(full.map((rate, round) => rate / (bare[round] ?? Number.NaN)));
  if (process.argv.includes('--json'))
    console.log(
      JSON.stringify({
        opsPerCpuSecond: Math.round(median(full)),
        best: Math.round(Math.max(...full)),
        noopPerCpuSecond: Math.round(median(bare)),
        noopShare: Number(share.toFixed(3)),
      }),
    );
  else {
    console.log(
      `through the protocol, C kit, contents checked   ${Math.round(median(full) / 1000)} k ops per CPU second`,
    );
    console.log(
      `the same lines to an agent that does nothing    ${Math.round(median(bare) / 1000)} k ops per CPU second`,
    );
    console.log(`of the first, the lines alone take              ${(share * 100).toFixed(0)} %`);
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
