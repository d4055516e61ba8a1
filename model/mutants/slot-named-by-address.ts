// Mutant B141: the slot of a page is found by its address.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, SWAP_OPS } from './mutant.ts';

class SlotNamedByAddress extends CowMachine {
  override chooseSlot(entry: number): number {
    const { memory } = this;
    const slot = memory.slots + (this.pageAt[entry]! % (memory.count.length - memory.slots));
    memory.listed[slot] = 0;
    return slot;
  }
}

export const mutant: Mutant = {
  name: 'slot-named-by-address',
  bug: 'B141',
  defect:
    'two processes that swap out the same address get the same slot, and the second page replaces the first.',
  history: 'chyyuu/os_kernel_lab #63',
  whyHard: 'two processes must have written the page and both lose it to the swapper.',
  rule: 35,
  invariant: 'backing.changes-nothing',
  ops: SWAP_OPS,
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    { op: 'swapout', by: 'A', at: 'data+0' },
    { op: 'swapout', by: 'B', at: 'data+0' },
  ],
  machine: SlotNamedByAddress,
};
