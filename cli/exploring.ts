// What an exploration is of: states, histories or interleaved steps, by the target and what is wished.
import { type Bounds, BOUNDS } from '../explorer/bounds.ts';
import type { Mutant } from '../model/mutants/mutant.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import type { Target } from '../spec/target.ts';
import { UsageError } from './exit.ts';
import type { Desk, ExploreResult, ExploreWishes } from './exploration.ts';

/** Ops of `--ops all`. */
const ALL: readonly OpName[] = [
  'fork',
  'vfork',
  'exec',
  'exit',
  'wait',
  'kill',
  'read',
  'write',
  'kread',
  'kwrite',
  'mmap',
  'munmap',
  'mprotect',
  'failalloc',
];

/** `target`: a name where steps interleave. Throws UsageError for what cannot be, RigError if the target cannot be had. */
export async function exploring(
  target: Target | string,
  wishes: ExploreWishes,
  desk: Desk,
): Promise<ExploreResult> {
  // Each is loaded when it is asked for: a small world is explored in less time than all of them take.
  if (typeof target === 'string') {
    const { exploreSteps, stepMutantOf } = await import('./explore-steps.ts');
    return exploreSteps(target, await stepMutantOf(target), wishes, desk);
  }
  if (wishes.threads !== undefined)
    throw new UsageError(
      '--threads is about processors, and --cpus was not given; type for example: --cpus 3',
    );
  const mutant = await mutantOf(target);
  const bounds = boundsOf(wishes);
  if (target.name !== 'model' && mutant === undefined)
    return (await import('./explore-target.ts')).exploreTarget(target, bounds, wishes, desk);
  return (await import('./explore-model.ts')).exploreModel(target, mutant, bounds, wishes, desk);
}

/** The mutant that a target is; undefined for the model itself and for what is neither. */
export async function mutantOf(target: Target): Promise<Mutant | undefined> {
  if (!target.name.startsWith('mutant:')) return undefined;
  const { mutants } = await import('../targets/model/mutants.ts');
  return (await mutants()).find(mutant => `mutant:${mutant.name}` === target.name);
}

/** The bounds that the flags mean. Throws UsageError where one process does not fit. */
export function boundsOf(wishes: ExploreWishes): Bounds {
  const { procs: processes = BOUNDS.processes, pages = BOUNDS.pages, values = BOUNDS.values, ops } = wishes;
  const { frames = processes * pages } = wishes;
  if (frames < pages)
    throw new UsageError(
      `--frames ${frames} cannot hold the ${pages} pages of one process; type for example: --frames ${processes * pages}`,
    );
  return { processes, pages, frames, values, ops: ops === 'all' ? ALL : namesOf(ops ?? BOUNDS.ops) };
}

/** Throws UsageError for a name of what only interleaves. */
function namesOf(ops: readonly string[]): readonly OpName[] {
  const known = (name: string): name is OpName => (OP_NAMES as readonly string[]).includes(name);
  const lost = ops.find(name => !known(name));
  if (lost !== undefined)
    throw new UsageError(`${lost} is an op where steps interleave; type for example: --cpus 3 --ops ${lost}`);
  return ops.filter(known);
}

/** Does a name mean the steps of a mutant? */
export async function hasSteps(name: string | undefined): Promise<boolean> {
  if (name?.startsWith('mutant:') !== true) return false;
  return (await (await import('./explore-steps.ts')).stepMutantOf(name)) !== undefined;
}
