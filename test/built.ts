// Builds the package once before the tests: those of the command line and of the doors run what a user runs.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    /** What the compiler said; empty if all is well. Only tests that need the package built fail for it. */
    readonly build: string;
  }
}

const ROOT = join(import.meta.dirname, '..');

export default function build(project: TestProject): void {
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const run = spawnSync(process.execPath, [compiler, '-b'], { cwd: ROOT, encoding: 'utf8' });
  project.provide('build', run.status === 0 ? '' : `tsc -b ended with ${run.status}: ${run.stdout}`);
}
