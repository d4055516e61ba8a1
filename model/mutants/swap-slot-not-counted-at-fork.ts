// Mutant B137: the child gets a swapped page without a reference to its slot.
import { SWAPPED } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, SWAP_OPS } from './mutant.ts';

class SwapSlotNotCountedAtFork extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    if ((this.bits[entry]! & SWAPPED) === 0) return super.sharePage(entry, space, page);
    this.setEntry(space * this.layout.pages + page, this.frame[entry]!, this.bits[entry]!);
  }
}

export const mutant: Mutant = {
  name: 'swap-slot-not-counted-at-fork',
  bug: 'B137',
  defect:
    'fork copies an entry that names a slot and does not raise the count of the slot: the first to bring the page back frees it under the other.',
  history: 'the swapped backings of the Linux selftests; the rule stands in Linux 570a335b',
  whyHard: 'the swapper must strike before the fork, and the slot be used again after it.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  ops: SWAP_OPS,
  minimal: [
    { op: 'swapout', by: 'A', at: 'data+0' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: SwapSlotNotCountedAtFork,
};
