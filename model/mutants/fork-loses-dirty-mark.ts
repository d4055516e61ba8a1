// Mutant B65: fork forgets that a lazily freed page was stored to again.
import { LAZY } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { ADVICE_OPS, type Mutant } from './mutant.ts';

class ForkLosesDirtyMark extends CowMachine {
  override breakPage(entry: number): boolean {
    const lazy = this.bits[entry]! & LAZY;
    const done = super.breakPage(entry);
    if (done && lazy !== 0) this.setEntry(entry, this.frame[entry]!, this.bits[entry]! | LAZY);
    return done;
  }
}

export const mutant: Mutant = {
  name: 'fork-loses-dirty-mark',
  bug: 'B65',
  defect:
    'the page is still listed as free, and that its entry is writable is the only sign that it was stored to; write-protecting it at fork clears that.',
  history: 'a LoongArch fix of write protection; madvise09 of LTP',
  whyHard: 'freed, stored to, forked, and then memory must be short.',
  rule: 20,
  invariant: 'advice.freed-reads-last-or-zero',
  ops: ADVICE_OPS,
  minimal: [
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'free' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 1 },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'swapout', by: 'A', at: 'data+0' },
  ],
  machine: ForkLosesDirtyMark,
};
