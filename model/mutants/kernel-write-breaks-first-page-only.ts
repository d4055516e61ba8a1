// Mutant B37: the kernel breaks the first page of a buffer and stores into all.
import { COPY_ON_WRITE, type Transcript } from '../../spec/transcript.ts';
import { DONE } from '../cow/faults.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FirstPageOnly extends CowMachine {
  /** Pages of the buffer brought so far; -1: no buffer. */
  pages = -1;

  override kernelWrite(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    this.pages = 0;
    super.kernelWrite(by, page, at, length, value, into);
    this.pages = -1;
  }

  override makeKernelWritable(space: number, page: number): number {
    const marked = ((this.bits[space * this.layout.pages + page] ?? 0) & COPY_ON_WRITE) !== 0;
    if (this.pages > 0 && page < this.layout.pages && marked) return DONE;
    if (this.pages >= 0) this.pages++;
    return super.makeKernelWritable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-breaks-first-page-only',
  bug: 'B37',
  defect:
    'the break stands before the loop over the pages of the buffer, so the second page is written while shared.',
  history: 'a student solution that says all bugs are fixed',
  whyHard: 'a buffer within one page, as nearly all tests use, is handled perfectly.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'kwrite', by: 'A', at: 'data+7', length: 2, value: 0 },
  ],
  machine: FirstPageOnly,
};
