// Mutant B139: the count of a slot stops at two.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, SWAP_OPS } from './mutant.ts';

class SwapCountSaturates extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    super.sharePage(entry, space, page);
    const slot = this.frame[entry]!;
    if (slot >= this.memory.slots && this.memory.count[slot]! > 2) this.memory.setCount(slot, 2);
  }
}

export const mutant: Mutant = {
  name: 'swap-count-saturates',
  bug: 'B139',
  defect:
    'the count of a slot is too narrow for the children of one process, and silently stays where it is.',
  history: 'Linux 570a335b',
  whyHard: 'as many children of a swapped page as the counter counts.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  ops: SWAP_OPS,
  minimal: [
    { op: 'swapout', by: 'A', at: 'data+0' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: SwapCountSaturates,
};
