// Mutant B36: the kernel writes to user memory through the frame address and never meets the fault handler.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { DONE } from '../cow/faults.ts';
import type { Mutant } from './mutant.ts';

class KernelWriteSkipsBreak extends CowMachine {
  override makeKernelWritable(space: number, page: number): number {
    const bits = page < this.layout.pages ? (this.bits[space * this.layout.pages + page] ?? 0) : 0;
    return (bits & (WRITABLE | COPY_ON_WRITE)) !== 0 ? DONE : super.makeKernelWritable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-skips-break',
  bug: 'B36',
  defect:
    'copyout stores through the frame address, so a read(2) into a shared page changes it for every holder.',
  history: 'aptend (pipe descriptors bleed into the child); Zeke #91, #158; MentOS #397',
  whyHard:
    'user stores fault and are right; only a system call that writes user memory after a fork shows it.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: KernelWriteSkipsBreak,
};
