// Mutant B101: a new frame can be found before it has its count.
import { unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { leave, letGo, type StepMutant, TWO } from './mutant.ts';

/** Takes it off the free list and no more. */
const allocateUncounted: Step = {
  name: 'allocate',
  allocates: true,
  perform(m, cpu, frame) {
    if (frame === m.zero) m.refuse(cpu);
    else {
      m.free[frame] = 0;
      m.fresh[cpu] = frame + 1;
      m.seen[cpu] = frame + 1;
    }
  },
};

const countOne: Step = {
  name: 'write count',
  perform(m, cpu) {
    if (m.seen[cpu] !== 0) m.count[m.seen[cpu]! - 1] = 1;
  },
};

class PublishedBeforeCounted extends StepMachine {
  override routines(): Routines {
    const right = super.routines();
    return {
      ...right,
      break: right.break.map(step => (step.allocates ? allocateUncounted : step)),
      touch: right.touch.map(step => (step.allocates ? allocateUncounted : step)),
      userTail: [letGo, countOne, leave],
      kwriteTail: right.kwriteTail.flatMap(step => (step === unlock ? [letGo, countOne, leave] : [step])),
    };
  }
}

export const mutant: StepMutant = {
  name: 'published-before-counted',
  bug: 'B101',
  defect:
    'the allocator takes a frame off the free list and sets its count to one later, when others can have found it.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard: 'a fork in between counts up to one, and then the count is set to one.',
  rule: 25,
  invariant: 'frames.count-covers-holders',
  scope: TWO,
  ops: ['fork', 'exec', 'discard'],
  steps: 0,
  switches: 0,
  machine: PublishedBeforeCounted,
};
