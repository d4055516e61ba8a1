// Mutant B28: the kernel follows a page-table entry that does not exist.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FarKernelWrite extends CowMachine {
  override kernelWrite(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    if (page >= this.layout.pages) throw new TypeError('the entry is null');
    super.kernelWrite(by, page, at, length, value, into);
  }
}

export const mutant: Mutant = {
  name: 'far-kernel-write-panics',
  bug: 'B28',
  defect: 'the copy to user memory reads the flags of an entry before it asks whether there is one.',
  history: 'AnsonHooL, aptend, CarmChao and a student solution',
  whyHard: 'it takes a system call with an address for which not even a page table exists.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [{ op: 'kwrite', by: 'A', at: 'null', length: 1, value: 0 }],
  machine: FarKernelWrite,
};
