// Mutant B65b: a store does not end lazy freeing.
import { LAZY } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { ADVICE_OPS, type Mutant } from './mutant.ts';

class StoreLeavesPageFreed extends CowMachine {
  override breakPage(entry: number): boolean {
    const lazy = this.bits[entry]! & LAZY;
    const done = super.breakPage(entry);
    if (done && lazy !== 0) this.setEntry(entry, this.frame[entry]!, this.bits[entry]! | LAZY);
    return done;
  }

  override mayDrop(entry: number): boolean {
    return (this.bits[entry]! & LAZY) !== 0;
  }
}

export const mutant: Mutant = {
  name: 'store-leaves-page-freed',
  bug: 'B65b',
  defect: 'a page that was freed lazily and stored to again is still taken when memory is short.',
  history: 'the rule is that of madvise(2) FREE; madvise09 of LTP',
  whyHard: 'the loss shows only when the kernel comes for the page.',
  rule: 20,
  invariant: 'advice.freed-reads-last-or-zero',
  ops: ADVICE_OPS,
  minimal: [
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'free' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 1 },
    { op: 'swapout', by: 'A', at: 'data+0' },
  ],
  machine: StoreLeavesPageFreed,
};
