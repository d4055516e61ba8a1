// Mutant B37: a kernel write that spans pages breaks sharing only on the first of them.
import { COPY_ON_WRITE, type Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { DONE } from '../cow/spaces.ts';
import type { Mutant } from './mutant.ts';

class FirstPageBroken extends CowMachine {
  first = -1;

  override kernelWrite(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    this.first = page;
    super.kernelWrite(by, page, at, length, value, into);
    this.first = -1;
  }

  override makeKernelWritable(space: number, page: number): number {
    const marked = ((this.bits[space * this.layout.pages + page] ?? 0) & COPY_ON_WRITE) !== 0;
    const direct = this.first >= 0 && page > this.first && page < this.layout.pages && marked;
    return direct && this.frameAt(space, page) < this.memory.data
      ? DONE
      : super.makeKernelWritable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-breaks-first-page',
  bug: 'B37',
  defect:
    'the break is done once before the loop over pages; the rest of the buffer is stored straight into shared frames.',
  history: 'a student solution that calls itself "all bugs fixed"',
  whyHard: 'short buffers are right; it takes one that crosses a page boundary.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [
    { op: 'write', by: 'A', at: 'bss+0', length: 1, value: 1 },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'kwrite', by: 'A', at: 'data+7', length: 2, value: 0 },
  ],
  machine: FirstPageBroken,
};
