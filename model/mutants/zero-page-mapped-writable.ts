// Mutant B68: a load of an untouched page maps the zero page writable.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ZeroPageWritable extends CowMachine {
  override touch(entry: number): void {
    super.touch(entry);
    const bits = this.bits[entry] ?? 0;
    if (this.frame[entry] === this.memory.zero && (bits & COPY_ON_WRITE) !== 0)
      this.setEntry(entry, this.memory.zero, (bits & ~COPY_ON_WRITE) | WRITABLE);
  }
}

export const mutant: Mutant = {
  name: 'zero-page-mapped-writable',
  bug: 'B68',
  defect:
    'the one page of zeros that everybody reads is mapped for whoever may write there, without protection.',
  history: 'the zero-page cases of the Linux selftest cow.c; LTP thp04 for the huge one',
  whyHard: 'the page must be read before it is written; written first, it gets a frame of its own.',
  rule: 29,
  invariant: 'frames.shared-is-read-only',
  minimal: [{ op: 'read', by: 'A', at: 'bss+0', length: 1 }],
  machine: ZeroPageWritable,
};
