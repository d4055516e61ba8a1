// Mutant B132: fork shares a huge page of which a part is pinned.
import { HUGE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { HUGE_OPS, type Mutant } from './mutant.ts';

class ForkSharesPinnedHugePage extends CowMachine {
  override mayShare(entry: number): boolean {
    return (this.bits[entry]! & HUGE) !== 0 || super.mayShare(entry);
  }
}

export const mutant: Mutant = {
  name: 'fork-shares-pinned-huge-page',
  bug: 'B132',
  defect:
    'whether a page is pinned is asked of small pages only; a pinned part of a huge page becomes copy-on-write with the rest.',
  history: 'Linux d042035e',
  whyHard: 'needs a huge page, a pin on a piece of it, and a fork.',
  rule: 32,
  invariant: 'pins.fork-copies',
  ops: [...HUGE_OPS, 'dma'],
  minimal: [
    { op: 'collapse', by: 'A', at: 'data+0' },
    { op: 'pin', by: 'A', at: 'data+0', access: 'write', as: 'pin1' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkSharesPinnedHugePage,
};
