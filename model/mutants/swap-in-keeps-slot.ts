// Mutant B137b: a page that came back keeps its slot.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, SWAP_OPS } from './mutant.ts';

class SwapInKeepsSlot extends CowMachine {
  override releaseSlot(): void {}
}

export const mutant: Mutant = {
  name: 'swap-in-keeps-slot',
  bug: 'B137b',
  defect:
    'the reference of an entry to its slot is not given back when the page is brought in, and the slots run out.',
  history: 'the mirror image of Linux 570a335b',
  whyHard: 'nothing is wrong but the count of a slot.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  unseen: 'none of the ops reads how full the swap is.',
  ops: SWAP_OPS,
  minimal: [
    { op: 'swapout', by: 'A', at: 'data+0' },
    { op: 'swapin', by: 'A', at: 'data+0' },
  ],
  machine: SwapInKeepsSlot,
};
