// Mutant B150: a huge page is made of pages that others still share.
import { COPY_ON_WRITE, PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { HUGE_OPS, type Mutant } from './mutant.ts';

class CollapseTakesSharedParts extends CowMachine {
  override ownPart(space: number, entry: number): boolean {
    if ((this.bits[entry]! & PRESENT) === 0) return super.ownPart(space, entry);
    this.setEntry(entry, this.frame[entry]!, (this.bits[entry]! & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'collapse-takes-shared-parts',
  bug: 'B150',
  defect: 'collapse makes its parts writable and does not ask who else holds them.',
  history: 'the collapse cases of the Linux selftests: unshared, fully, lower, upper half',
  whyHard: 'the background thread must come by between the fork and the first store.',
  rule: 29,
  invariant: 'frames.shared-is-read-only',
  ops: HUGE_OPS,
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'collapse', by: 'A', at: 'data+0' },
  ],
  machine: CollapseTakesSharedParts,
};
