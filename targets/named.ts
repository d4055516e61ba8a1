// From a name on the command line to a target.
import type { Target } from '../spec/target.ts';
import { linuxTarget } from './linux/target.ts';
import { mutants, mutantTarget } from './model/mutants.ts';
import { modelTarget } from './model/session.ts';
import { fileTarget, isFileName } from './own/load.ts';

/** A name that is no target; the message lists what is. */
export class UnknownTarget extends Error {
  override readonly name = 'UnknownTarget';
}

/** The target called `name`. Throws UnknownTarget. */
export async function namedTarget(name: string): Promise<Target> {
  if (name === 'model') return modelTarget();
  if (name === 'linux') return linuxTarget();
  if (name === 'linux:shared-arena') return linuxTarget('shared-arena');
  if (name.startsWith('mutant:')) {
    const all = await mutants();
    const found = all.find(mutant => `mutant:${mutant.name}` === name || `mutant:${mutant.bug}` === name);
    if (found !== undefined) return mutantTarget(found);
    throw new UnknownTarget(
      `there is no mutant "${name.slice(7)}": the mutants are ${all.map(mutant => mutant.name).join(', ')}; type: cowcheck mutants`,
    );
  }
  if (isFileName(name)) return fileTarget(name);
  throw new UnknownTarget(
    `there is no target "${name}": the targets are model, mutant:NAME, linux, linux:shared-arena, a file such as ./my-cow.mjs, or --command '…'; type: cowcheck fuzz model`,
  );
}
