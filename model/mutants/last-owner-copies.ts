// Mutant B14: the last holder of a shared frame copies it all the same.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class LastOwnerCopies extends CowMachine {
  override breakPage(entry: number): boolean {
    const old = this.frame[entry] ?? -1;
    const own = this.memory.allocate(BREAK_COPY);
    if (own < 0) return false;
    this.copyFrame(old, own);
    this.setEntry(entry, own, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    this.releaseOld(old);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'last-owner-copies',
  bug: 'B14',
  defect:
    'the break never asks whether it is the only holder left: a needless frame, and a spurious death when memory is full.',
  history: '11 of 19 student solutions',
  whyHard: 'every byte and every count is right; one allocation too many is all there is.',
  rule: 27,
  invariant: 'economy.write-copies-one',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'A', status: 0 },
    { op: 'write', by: 'B', at: 'data+0', length: 1, value: 0 },
  ],
  machine: LastOwnerCopies,
};
