// Mutant B09b: the break copies the new frame over the old one.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class CopiesIntoSource extends CowMachine {
  override copyFrame(from: number, to: number): void {
    super.copyFrame(to, from);
  }
}

export const mutant: Mutant = {
  name: 'break-copies-into-source',
  bug: 'B09b',
  defect: 'source and target of the copy are swapped.',
  history: 'the aptend README, which keeps the mistake as a warning',
  whyHard: 'with a fresh frame of zeros and a page of zeros nothing shows.',
  rule: 2,
  invariant: 'isolation.write-stays-private',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: CopiesIntoSource,
};
