// Mutant B68b: whoever alone maps the zero page writes it in place.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class SoleReaderOwns extends CowMachine {
  override breakPage(entry: number): boolean {
    const frame = this.frame[entry] ?? -1;
    if (frame !== this.memory.zero || this.memory.count[frame] !== 2) return super.breakPage(entry);
    this.setEntry(entry, frame, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'sole-reader-owns-zero-page',
  bug: 'B68b',
  defect:
    "the kernel's own reference is left out when the holders are counted, and the last reader becomes the owner of all zeros.",
  history: 'the zero-page cases of the Linux selftest cow.c; LTP thp04',
  whyHard: 'two untouched pages in the whole system are enough to hide it.',
  rule: 8,
  invariant: 'mapping.cache-stays-clean',
  minimal: [
    { op: 'read', by: 'A', at: 'bss+0', length: 1 },
    { op: 'write', by: 'A', at: 'bss+0', length: 1, value: 0 },
  ],
  machine: SoleReaderOwns,
};
