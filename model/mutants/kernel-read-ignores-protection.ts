// Mutant B42b: the kernel reads a page that its process may not read.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class KernelReadsAll extends CowMachine {
  byKernel = false;

  override kernelRead(by: number, page: number, offset: number, length: number, into: Transcript): void {
    this.byKernel = true;
    super.kernelRead(by, page, offset, length, into);
    this.byKernel = false;
  }

  override readable(space: number, page: number): number {
    const there = this.byKernel ? this.frameAt(space, page) : -1;
    return there < 0 ? super.readable(space, page) : there;
  }
}

export const mutant: Mutant = {
  name: 'kernel-read-ignores-protection',
  bug: 'B42b',
  defect: 'a system call copies from any page that is present, whatever the process itself may do there.',
  history: 'the copyin tests of xv6 usertests; MentOS #397 has the like for stores',
  whyHard: 'a program that only reads what it may never meets it.',
  rule: 13,
  invariant: 'reply.kread',
  minimal: [
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'none' },
    { op: 'kread', by: 'A', at: 'data+0', length: 1 },
  ],
  machine: KernelReadsAll,
};
