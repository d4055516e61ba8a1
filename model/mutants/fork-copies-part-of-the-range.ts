// Mutant B74: the number of pages to copy is kept in two bits.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ForkCopiesPart extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    if (page < (this.layout.pages & 3)) super.sharePage(entry, space, page);
  }
}

export const mutant: Mutant = {
  name: 'fork-copies-part-of-the-range',
  bug: 'B74',
  defect: 'the length of what fork walks over is truncated, so the end of the space is missing in the child.',
  history: 'LTP fork14, where 32 bits are too few for a region',
  whyHard: 'fork succeeds, and small processes are copied whole.',
  rule: 1,
  invariant: 'fork.copies-every-page',
  minimal: [{ op: 'fork', by: 'A', as: 'B' }],
  machine: ForkCopiesPart,
};
