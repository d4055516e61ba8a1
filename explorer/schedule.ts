// Interleaved steps by their words: from the moves of a machine to what a file or an address says, and back.
import type { InterleavedLaw } from '../properties/interleaved/law.ts';
import { INTERLEAVED_LAWS } from '../properties/interleaved/laws.ts';
import { StepMachine } from '../model/steps/machine.ts';
import type { InterleavedMove } from '../spec/interleaved-trace.ts';
import {
  INTERLEAVED_OPS,
  type InterleavedHistory,
  type InterleavedStep,
  type InterleavingScope,
} from '../spec/interleaving.ts';
import { nameOf } from '../spec/tape.ts';
import type { InterleavingOptions, StepMachineMaker } from './interleavings.ts';

/** What is done in user mode, by whether it says a page and a value. */
const PAGED = ['fill', 'store', 'load fault', 'store fault', 'discard', 'kwrite', 'pin', 'unpin'];
const VALUED = ['store', 'kwrite'];

/** Codes of a processor below this are steps of the kernel. */
const kernelCodes = (machine: StepMachine): number => machine.codes - machine.actions.length;

/** `move` in words, as it is in the present state. No two moves of a state have the same. */
export function wordsOf(machine: StepMachine, move: number): InterleavedMove {
  const cpu = machine.cpuOf(move);
  const code = move % machine.codes;
  const frames = kernelCodes(machine);
  if (code < frames) {
    const step = machine.code.steps[machine.at[cpu]!]!;
    const given = step.allocates === true && code !== machine.zero;
    return { cpu, does: step.name, ...(given ? { frame: code } : {}) };
  }
  const { name, page, value, space } = machine.actions[code - frames]!;
  return {
    cpu,
    does: name,
    ...(PAGED.includes(name) ? { page } : {}),
    ...(VALUED.includes(name) ? { value } : {}),
    ...(name === 'run' ? { process: nameOf(space - 1) } : {}),
  };
}

/** The moves that a search of `interleavings(options)` found, in words. */
export function scheduleOf(
  options: InterleavingOptions,
  moves: readonly number[],
): readonly InterleavedMove[] {
  const { scope, ops = INTERLEAVED_OPS, machine: maker = StepMachine } = options;
  const machine = new maker(scope, ops);
  return moves.map(move => {
    const words = wordsOf(machine, move);
    machine.make(move);
    return words;
  });
}

export interface Followed {
  readonly history: InterleavedHistory;
  /** How many of the steps could be done where they stand. */
  readonly made: number;
}

/**
 * Does `steps` on a kernel, until a law is broken. A processor in the kernel takes the step it is at, whatever that is
 * called: another kernel has other orders. What cannot be done where it stands is left out.
 */
export function follow(
  scope: InterleavingScope,
  steps: readonly InterleavedMove[],
  maker: StepMachineMaker = StepMachine,
  laws: readonly InterleavedLaw[] = INTERLEAVED_LAWS,
): Followed {
  const machine = new maker(scope, INTERLEAVED_OPS);
  const moves = new Int32Array(machine.most);
  const user = new Set(machine.actions.map(({ name }) => name));
  const done: InterleavedStep[] = [];
  for (const wanted of steps) {
    const able = Array.from(moves.subarray(0, machine.moves(moves)));
    const move = chosen(machine, able, wanted, user);
    if (move === undefined) continue;
    const before = machine.copy();
    const name = machine.nameOf(move);
    machine.make(move);
    done.push({ cpu: machine.cpuOf(move), name, before, after: machine.copy() });
    for (const { id, judge } of laws) {
      const judgement = judge(machine);
      if (typeof judgement !== 'object') continue;
      const broken = { ...judgement, invariant: id };
      return { history: { scope, steps: done, broken }, made: done.length };
    }
  }
  return { history: { scope, steps: done, broken: undefined }, made: done.length };
}

/** The move that `wanted` means here; undefined if there is none. */
function chosen(
  machine: StepMachine,
  able: readonly number[],
  wanted: InterleavedMove,
  user: ReadonlySet<string>,
): number | undefined {
  const own = able.filter(move => machine.cpuOf(move) === wanted.cpu);
  const exact = own.find(move => same(wordsOf(machine, move), wanted));
  if (exact !== undefined || user.has(wanted.does)) return exact;
  const inKernel = own.filter(move => move % machine.codes < kernelCodes(machine));
  return inKernel.find(move => wordsOf(machine, move).frame === wanted.frame) ?? inKernel[0];
}

function same(a: InterleavedMove, b: InterleavedMove): boolean {
  return (['does', 'page', 'value', 'process', 'frame'] as const).every(field => a[field] === b[field]);
}
