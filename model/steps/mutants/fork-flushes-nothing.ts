// Mutant B108b: fork write-protects and tells no processor.
import { lock, share, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

class ForkFlushesNothing extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), fork: [lock, share, unlock], forkTail: [unlock] };
  }
}

export const mutant: StepMutant = {
  name: 'fork-flushes-nothing',
  bug: 'B108b',
  defect: 'the parent goes on storing through the translation it had before the fork.',
  history: 'kernels tested where every way back to the user flushes everything, as xv6 does',
  whyHard: 'hidden wherever the return from the kernel flushes.',
  rule: 29,
  invariant: 'translations.shared-is-read-only',
  scope: { ...TWO, cpus: 1, threads: 1 },
  ops: ['fork'],
  steps: 4,
  switches: 0,
  machine: ForkFlushesNothing,
};
