// Mutant B109c: the copy is installed before the other processors have let go of the old frame.
import { allocate, copy, drop, flushLocal, flushRemote, install } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

class InstallsBeforeFlush extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, install, flushLocal, flushRemote, drop],
    };
  }
}

export const mutant: StepMutant = {
  name: 'installs-before-flush',
  bug: 'B109c',
  defect: 'one processor stores through the new entry while another still reads the old frame.',
  history: 'Linux clears and flushes before it installs (ptep_clear_flush in wp_page_copy)',
  whyHard: 'right on two processors: the third thread must store between the install and the flush.',
  rule: 29,
  invariant: 'translations.cached-reads-reference',
  scope: { ...TWO, cpus: 3, threads: 3, frames: 4 },
  ops: ['fork'],
  steps: 14,
  switches: 2,
  machine: InstallsBeforeFlush,
};
