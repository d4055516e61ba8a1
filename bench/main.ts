// `npm run bench`: cowcheck against fast-check's commands and against its own model unchecked, as ratios of CPU time.
import { type ChildProcess, fork } from 'node:child_process';
import type { ContenderName, Rate } from './job.ts';

const WARM_ROUNDS = 5;
const ROUNDS = 15;

/**
 * A contender in a process of its own: in one process the code of each is compiled for what all of them did to shared
 * functions and objects, and whoever runs more code pays for the others.
 */
class Worker {
  readonly name: ContenderName;
  readonly #child: ChildProcess;

  constructor(name: ContenderName) {
    this.name = name;
    this.#child = fork(new URL('./worker.js', import.meta.url), [name]);
  }

  /** Throws if the contender fails; why, the worker has said on stderr. */
  round(seed: number): Promise<Rate> {
    const child = this.#child;
    return new Promise((resolve, reject) => {
      const failed = (code: number | null): void => reject(new Error(`${this.name} ended with ${code}`));
      child.once('exit', failed);
      child.once('message', answer => {
        child.off('exit', failed);
        resolve(answer as Rate);
      });
      child.send(seed);
    });
  }

  stop(): void {
    if (this.#child.connected) this.#child.disconnect();
  }
}

interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  return { median: at(sorted.length >> 1), least: at(0), most: at(sorted.length - 1) };
}

/** Rates of all contenders, round by round and one after the other in each, so that noise meets all of them. */
async function measure(names: readonly ContenderName[]): Promise<readonly (readonly Rate[])[]> {
  const workers = names.map(name => new Worker(name));
  try {
    for (let round = 0; round < WARM_ROUNDS; round++) for (const worker of workers) await worker.round(round);
    const rates: Rate[][] = workers.map(() => []);
    for (let round = 0; round < ROUNDS; round++)
      for (const [i, worker] of workers.entries()) rates[i]?.push(await worker.round(100 + round));
    return rates;
  } finally {
    for (const worker of workers) worker.stop();
  }
}

const NAMES: readonly ContenderName[] = ['cowcheck fuzz', 'fc.commands', 'unchecked model'];
const [checked = [], commands = [], unchecked = []] = await measure(NAMES);
const toCommands = spread(checked.map((ops, round) => ops / (commands[round] ?? Number.NaN)));
const toUnchecked = spread(checked.map((ops, round) => ops / (unchecked[round] ?? Number.NaN)));

if (process.argv.includes('--json')) {
  console.log(
    JSON.stringify({
      ratioToCommands: Number(toCommands.median.toFixed(2)),
      ratioToUnchecked: Number(toUnchecked.median.toFixed(3)),
      opsPerCpuSecond: Math.round(spread(checked).median),
    }),
  );
} else {
  const row = (name: string, { median, least, most }: Spread, show: (n: number) => string): string =>
    `${name.padEnd(28)} ${show(median).padStart(9)}   ${show(least)} to ${show(most)}`;
  const thousands = (n: number): string => `${Math.round(n / 1000)} k`;
  console.log(`${ROUNDS} rounds: the median, and the least and the most seen in one\n`);
  console.log('ops per CPU second');
  [checked, commands, unchecked].forEach((rates, i) =>
    console.log(row(`  ${NAMES[i]}`, spread(rates), thousands)),
  );
  console.log('\ncowcheck, every check on, against');
  console.log(row('  fc.commands', toCommands, n => `${n.toFixed(1)} x`));
  console.log(row('  its own model, unchecked', toUnchecked, n => `${n.toFixed(3)} x`));
}
