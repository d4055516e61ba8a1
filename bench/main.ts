// `npm run bench`: cowcheck against fast-check's commands and against its own model unchecked, as ratios of CPU time.
import { commandsContender } from './commands.ts';
import { fuzzContender } from './fuzz.ts';
import type { Contender } from './job.ts';
import { uncheckedContender } from './unchecked.ts';

const WARM_ROUNDS = 5;
const ROUNDS = 15;

/** Ops per second of CPU time in one round: all threads, compiler and collector included. */
async function rate(contender: Contender, seed: number): Promise<number> {
  const before = process.cpuUsage();
  const ops = await contender.round(seed);
  const { user, system } = process.cpuUsage(before);
  return (ops * 1e6) / (user + system);
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
async function measure(contenders: readonly Contender[]): Promise<readonly (readonly number[])[]> {
  for (let round = 0; round < WARM_ROUNDS; round++)
    for (const contender of contenders) await contender.round(round);
  const rates: number[][] = contenders.map(() => []);
  for (let round = 0; round < ROUNDS; round++)
    for (const [i, contender] of contenders.entries()) rates[i]?.push(await rate(contender, 100 + round));
  return rates;
}

const contenders = [fuzzContender(4000), commandsContender(2500), uncheckedContender(8000)];
const [checked = [], commands = [], unchecked = []] = await measure(contenders);
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
    console.log(row(`  ${contenders[i]?.name}`, spread(rates), thousands)),
  );
  console.log('\ncowcheck, every check on, against');
  console.log(row('  fc.commands', toCommands, n => `${n.toFixed(1)} x`));
  console.log(row('  its own model, unchecked', toUnchecked, n => `${n.toFixed(3)} x`));
}
