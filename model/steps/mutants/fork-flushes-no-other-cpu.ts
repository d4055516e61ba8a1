// Mutant B108: fork write-protects and tells only the processor it runs on.
import { flushLocal, lock, share, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

class ForkFlushesNoOtherCpu extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      fork: [lock, share, flushLocal, unlock],
      forkTail: [flushLocal, unlock],
    };
  }
}

export const mutant: StepMutant = {
  name: 'fork-flushes-no-other-cpu',
  bug: 'B108',
  defect: 'a thread on another processor keeps a writable translation of what fork has shared.',
  history: 'LTP hugefork01 (powerpc); osv #1475',
  whyHard:
    'the page tables are right; only a process with a second thread on a second processor can store there.',
  rule: 29,
  invariant: 'translations.shared-is-read-only',
  scope: TWO,
  ops: ['fork'],
  steps: 5,
  switches: 1,
  machine: ForkFlushesNoOtherCpu,
};
