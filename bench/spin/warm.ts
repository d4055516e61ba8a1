// The same search again and again in one process: what it takes once the engine has compiled it.
import { explore } from 'cowcheck';
import type { Searched } from './pan.ts';
import type { Scope } from './promela.ts';

const ROUNDS = 6;

const [processes, pages, frames, values] = process.argv.slice(2).map(Number) as [
  number,
  number,
  number,
  number,
];
const scope: Scope = { processes, pages, frames, values };
const rounds: Searched[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const { states, cpuSeconds } = await explore({
    procs: scope.processes,
    pages: scope.pages,
    frames: scope.frames,
    values: scope.values,
    ops: ['fork', 'write', 'exec', 'exit'],
  });
  rounds.push({ states, seconds: cpuSeconds });
}
process.stdout.write(JSON.stringify(rounds.slice(ROUNDS / 2)));
