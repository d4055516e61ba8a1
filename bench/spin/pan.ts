// Spin's verifier for a scope: built from the Promela model, run to the end, and what it says of itself.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promela, type Scope } from './promela.ts';

export interface Searched {
  readonly states: number;
  /** Of processor time, the search alone. */
  readonly seconds: number;
}

/** Builds the verifier in `folder` and returns where it is. Needs spin and gcc. `fast`: it runs fast, and is built slowly. */
export function build(scope: Scope, folder: string, fast = true): string {
  writeFileSync(join(folder, 'world.pml'), promela(scope));
  execFileSync('spin', ['-a', 'world.pml'], { cwd: folder });
  const flags = [fast ? '-O2' : '-O0', '-w', '-DSAFETY', '-DNOREDUCE', '-DMEMLIM=8000'];
  execFileSync('gcc', [...flags, '-o', 'pan', 'pan.c'], { cwd: folder });
  return join(folder, 'pan');
}

/** Runs a verifier. Throws if it finds an error or does not end. It counts one state more, that before the first step: that is taken off. */
export function pan(program: string): Searched {
  const text = execFileSync(
    'bash',
    ['-c', 'TIMEFORMAT="cpu %U"; { time "$0" -m20000000 -w24 -E; } 2>&1', program],
    {
      encoding: 'utf8',
      cwd: join(program, '..'),
      maxBuffer: 1 << 24,
    },
  );
  return { states: statesOf(text), seconds: Number(/^cpu ([\d.]+)$/m.exec(text)?.[1]) };
}

function statesOf(text: string): number {
  const stored = /^\s*(\d+) states, stored/m.exec(text);
  if (stored === null || !/errors: 0/.test(text) || /max search depth too small|out of memory/.test(text))
    throw new Error(`Spin did not search to the end: ${text.slice(0, 500)}`);
  return Number(stored[1]) - 1;
}
