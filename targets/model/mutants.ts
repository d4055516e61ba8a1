// The mutants as targets: every file of model/mutants is one.
import { readdir } from 'node:fs/promises';
import type { Mutant } from '../../model/mutants/mutant.ts';
import type { Target } from '../../spec/target.ts';
import { modelTarget } from './session.ts';

const folder = new URL('../../model/mutants/', import.meta.url);

/** All mutants, by name. */
export async function mutants(): Promise<readonly Mutant[]> {
  const files = (await readdir(folder)).filter(
    file => /\.[jt]s$/.test(file) && !/\.d\.ts$|^mutant\./.test(file),
  );
  const modules = await Promise.all(
    files.map(async file => (await import(new URL(file, folder).href)) as { readonly mutant: Mutant }),
  );
  return modules.map(module => module.mutant).sort((a, b) => a.name.localeCompare(b.name));
}

export function mutantTarget(mutant: Mutant): Target {
  return modelTarget(`mutant:${mutant.name}`, mutant.machine);
}
