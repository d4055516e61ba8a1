// The mutants: every file of model/mutants is a target, every file of model/steps/mutants something to search.
import { readdir } from 'node:fs/promises';
import type { Mutant } from '../../model/mutants/mutant.ts';
import type { StepMutant } from '../../model/steps/mutants/mutant.ts';
import type { Target } from '../../spec/target.ts';
import { modelTarget } from './session.ts';

/** All mutants, by name. */
export async function mutants(): Promise<readonly Mutant[]> {
  return cardsIn<Mutant>('../../model/mutants/');
}

/** All mutants of the machine that is cut into steps, by name: no targets, but what `interleavings` searches. */
export async function stepMutants(): Promise<readonly StepMutant[]> {
  return cardsIn<StepMutant>('../../model/steps/mutants/');
}

async function cardsIn<Card extends { readonly name: string }>(path: string): Promise<readonly Card[]> {
  const folder = new URL(path, import.meta.url);
  const files = (await readdir(folder)).filter(
    file => /\.[jt]s$/.test(file) && !/\.d\.ts$|^mutant\./.test(file),
  );
  const modules = await Promise.all(
    files.map(async file => (await import(new URL(file, folder).href)) as { readonly mutant: Card }),
  );
  return modules.map(module => module.mutant).sort((a, b) => a.name.localeCompare(b.name));
}

export function mutantTarget(mutant: Mutant): Target {
  return modelTarget(`mutant:${mutant.name}`, mutant.machine);
}
