// Mutant B109: a break replaces the frame and tells only the processor it runs on.
import { flushRemote } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

class BreakFlushesNoOtherCpu extends StepMachine {
  override routines(): Routines {
    const right = super.routines();
    return { ...right, break: right.break.filter(step => step !== flushRemote) };
  }
}

export const mutant: StepMutant = {
  name: 'break-flushes-no-other-cpu',
  bug: 'B109',
  defect: 'a thread on another processor goes on reading the old frame.',
  history: 'asterinas #3651; FreeBSD r335784',
  whyHard: 'what it reads was right a moment ago, and is somebody else’s only after the frame is used again.',
  rule: 29,
  invariant: 'translations.none-stale',
  scope: TWO,
  ops: ['fork'],
  steps: 16,
  switches: 1,
  machine: BreakFlushesNoOtherCpu,
};
