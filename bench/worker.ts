// One contender in a process of its own: performs the rounds it is told to and reports how fast each was.
import { commandsContender } from './commands.ts';
import { fuzzContender } from './fuzz.ts';
import type { Contender, ContenderName, Rate } from './job.ts';
import { uncheckedContender } from './unchecked.ts';

/** Each with so many sequences a round that a round takes it about half a second. */
const CONTENDERS: Readonly<Record<ContenderName, () => Contender>> = {
  'cowcheck fuzz': () => fuzzContender(4000),
  'fc.commands': () => commandsContender(2500),
  'unchecked model': () => uncheckedContender(8000),
};

const contender = CONTENDERS[process.argv[2] as ContenderName]();

/** Ops per second of CPU time in one round: all threads, compiler and collector included. */
async function rate(seed: number): Promise<Rate> {
  const before = process.cpuUsage();
  const ops = await contender.round(seed);
  const { user, system } = process.cpuUsage(before);
  return (ops * 1e6) / (user + system);
}

// A failure is nobody's to handle: it ends this process, and the one that started it.
process.on('message', (seed: number) => {
  void rate(seed).then(answer => process.send?.(answer));
});
