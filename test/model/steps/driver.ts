// Performs a history on the stepped machine that is written as processors and names of steps.
import { StepMachine } from '../../../model/steps/machine.ts';
import type {
  InterleavedHistory,
  InterleavedOp,
  InterleavedStep,
  InterleavingScope,
} from '../../../spec/interleaving.ts';

/** `0 fork: lock` is the move of CPU 0 with that name; of several the last, which is the store of the greatest value. */
export function perform(
  scope: InterleavingScope,
  ops: readonly InterleavedOp[],
  script: readonly string[],
): { readonly machine: StepMachine; readonly history: InterleavedHistory } {
  const machine = new StepMachine(scope, ops);
  const steps = script.map((line): InterleavedStep => {
    const cpu = Number(line[0]);
    const name = line.slice(2);
    const move = movesOf(machine).findLast(one => machine.cpuOf(one) === cpu && machine.nameOf(one) === name);
    if (move === undefined)
      throw new Error(`CPU ${cpu} cannot ${name}: it can ${namesOf(machine, cpu).join(', ')}`);
    const before = machine.copy();
    machine.make(move);
    return { cpu, name, before, after: machine.copy() };
  });
  return { machine, history: { scope, steps, broken: undefined } };
}

export function namesOf(machine: StepMachine, cpu: number): readonly string[] {
  return movesOf(machine)
    .filter(move => machine.cpuOf(move) === cpu)
    .map(move => machine.nameOf(move));
}

function movesOf(machine: StepMachine): readonly number[] {
  const moves = new Int32Array(machine.most);
  return [...moves.subarray(0, machine.moves(moves))];
}

/** The whole op from beginning to end, by one processor. */
export const FORK = ['fork: lock', 'share', 'flush local', 'flush remote', 'unlock'];
export const BREAK =
  'store fault: lock,look up,read count,allocate,copy,clear,flush local,flush remote,install,drop,unlock'.split(
    ',',
  );
export const by = (cpu: number, steps: readonly string[]): readonly string[] =>
  steps.map(step => `${cpu} ${step}`);
