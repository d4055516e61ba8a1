// Mutant B105c: a break counts itself out and does not look whether it was the last.
import { drop } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

const countDown: Step = {
  name: 'count down',
  perform(m, cpu) {
    m.count[m.old[cpu]! - 1]!--;
    m.old[cpu] = 0;
  },
};

class BothBreakAndNobodyFrees extends StepMachine {
  override routines(): Routines {
    const right = super.routines();
    return { ...right, break: right.break.map(step => (step === drop ? countDown : step)) };
  }
}

export const mutant: StepMutant = {
  name: 'both-break-and-nobody-frees',
  bug: 'B105c',
  defect:
    'a fault that saw another sharer only counts itself out: when all break or leave at once, each leaves the frame to the other.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard: 'with one processor a count that was above one still is when the copy is made.',
  rule: 25,
  invariant: 'frames.count-is-exact',
  scope: TWO,
  ops: ['fork', 'exit'],
  steps: 19,
  switches: 2,
  machine: BothBreakAndNobodyFrees,
};
