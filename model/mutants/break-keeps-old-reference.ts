// Mutant B05: a break never gives back its reference to the shared frame.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class OldReferenceKept extends CowMachine {
  override releaseOld(_frame: number): void {}
}

export const mutant: Mutant = {
  name: 'break-keeps-old-reference',
  bug: 'B05',
  defect: 'a break installs the copy and forgets its reference to the original, which is never freed.',
  history: 'a student solution: the old page is unmapped without being freed',
  whyHard: 'every byte is right; only exact counting, or running out of memory much later, shows it.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: OldReferenceKept,
};
