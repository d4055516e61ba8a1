// Mutant B08b: the new frame is installed as it came from the free list.
import { copy } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

class NewFrameStaysEmpty extends StepMachine {
  override routines(): Routines {
    const right = super.routines();
    const without = (steps: readonly Step[]): readonly Step[] => steps.filter(step => step !== copy);
    return { ...right, break: without(right.break), touch: without(right.touch) };
  }
}

export const mutant: StepMutant = {
  name: 'new-frame-stays-empty',
  bug: 'B08b',
  defect:
    'a page that is stored to gets a new frame, and nothing is copied into it: what the frame held before appears in the page.',
  history: 'a student solution of the MIT copy-on-write lab',
  whyHard:
    'a frame that was just zeroed hides it. It takes no second processor: the control among these mutants.',
  rule: 2,
  invariant: 'contents.entry-reads-reference',
  scope: { ...TWO, cpus: 1, threads: 1 },
  ops: ['fork', 'exec'],
  steps: 10,
  switches: 0,
  machine: NewFrameStaysEmpty,
};
