// Mutant B103: the break gives its reference to the old frame up before it copies from it.
import { allocate, clear, copy, flushLocal, flushRemote, install } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

/** The frame is remembered: it will be copied from. */
const dropEarly: Step = {
  name: 'drop',
  perform(m, cpu) {
    m.drop(m.old[cpu]! - 1);
  },
};

class DropsBeforeCopy extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, dropEarly, copy, clear, flushLocal, flushRemote, install],
    };
  }
}

export const mutant: StepMutant = {
  name: 'drops-before-copy',
  bug: 'B103',
  defect:
    'a fault gives up its reference before it copies: the other sharer, alone now, stores in place or frees the frame meanwhile.',
  history: 'StarryOS #91; a student solution whose copies held the sibling’s stores',
  whyHard: 'in one thread nothing can happen in between, and every count comes out right.',
  rule: 25,
  invariant: 'frames.held-is-not-free',
  scope: TWO,
  ops: ['fork', 'exit'],
  steps: 14,
  switches: 1,
  machine: DropsBeforeCopy,
};
