// Mutant B92: a break that gets no frame stops the kernel.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class OutOfMemoryPanics extends CowMachine {
  override breakPage(entry: number): boolean {
    if (super.breakPage(entry)) return true;
    throw new Error('break: out of memory');
  }
}

export const mutant: Mutant = {
  name: 'break-out-of-memory-panics',
  bug: 'B92',
  defect: 'the fault handler takes an allocation for granted.',
  history: 'student solutions',
  whyHard: 'tests that only run to success never get there.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'failalloc', nth: 1 },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: OutOfMemoryPanics,
};
