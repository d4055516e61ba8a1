// Mutant B109b: the break gives the old frame up before the other processors have let go of it.
import { allocate, clear, copy, drop, flushLocal, flushRemote, install } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

class DropsBeforeFlush extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, clear, drop, flushLocal, flushRemote, install],
    };
  }
}

export const mutant: StepMutant = {
  name: 'drops-before-flush',
  bug: 'B109b',
  defect: 'the flush is there, and comes after the drop: in between the frame can be free and still be read.',
  history: 'the mmu_gather discipline of Linux exists to prevent it',
  whyHard: 'all the right steps, two of them in the wrong order.',
  rule: 25,
  invariant: 'frames.held-is-not-free',
  scope: { ...TWO, cpus: 3, threads: 2 },
  ops: ['fork', 'exit'],
  steps: 17,
  switches: 2,
  machine: DropsBeforeFlush,
};
