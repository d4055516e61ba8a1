// Mutant B101: a new frame can be found before it has its count.
import { allocate, install, unlock } from '../kernel.ts';
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
    }
  },
};

/** The frame is remembered: its count is to come. */
const installUncounted: Step = {
  ...install,
  perform(m, cpu, frame) {
    const fresh = m.fresh[cpu]!;
    install.perform(m, cpu, frame);
    m.fresh[cpu] = fresh;
  },
};

const countOne: Step = {
  name: 'write count',
  perform(m, cpu) {
    if (m.fresh[cpu] !== 0) m.count[m.fresh[cpu]! - 1] = 1;
  },
};

/** These steps with an allocation that does not count. */
function uncounted(steps: readonly Step[]): readonly Step[] {
  return steps.map(step =>
    step === allocate ? allocateUncounted : step === install ? installUncounted : step,
  );
}

class PublishedBeforeCounted extends StepMachine {
  override routines(): Routines {
    const right = super.routines();
    return {
      ...right,
      break: uncounted(right.break),
      touch: uncounted(right.touch),
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
  invariant: 'frames.freed-once',
  scope: TWO,
  ops: ['fork', 'exec', 'discard'],
  steps: 17,
  switches: 1,
  machine: PublishedBeforeCounted,
};
