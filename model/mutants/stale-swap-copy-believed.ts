// Mutant B142: a page is not written to its slot because it was there before.
import { POISON } from '../cow/memory.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, SWAP_OPS } from './mutant.ts';

class StaleSwapCopyBelieved extends CowMachine {
  override releaseSlot(slot: number): void {
    const { words, wordsPerFrame: size } = this.memory;
    const kept = words.slice(slot * size, (slot + 1) * size);
    super.releaseSlot(slot);
    words.set(kept, slot * size);
  }

  override writeSlot(frame: number, slot: number): void {
    const { words, wordsPerFrame: size } = this.memory;
    if (words[slot * size] === POISON) super.writeSlot(frame, slot);
  }
}

export const mutant: Mutant = {
  name: 'stale-swap-copy-believed',
  bug: 'B142',
  defect:
    'the slot keeps its bytes when the page comes back; when the page goes out again they are believed, though it was stored to since.',
  history: 'a fix to page merging in Linux 2.6.36',
  whyHard: 'out, in, a store, out and in again: every step but the last is right.',
  rule: 35,
  invariant: 'backing.changes-nothing',
  ops: SWAP_OPS,
  minimal: [
    { op: 'swapout', by: 'A', at: 'data+0' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    { op: 'swapout', by: 'A', at: 'data+0' },
  ],
  machine: StaleSwapCopyBelieved,
};
