// Mutant B08: a break made by the kernel installs a frame and forgets to copy the page into it.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class KernelBreakForgetsCopy extends CowMachine {
  inKernel = false;

  override makeKernelWritable(space: number, page: number): number {
    this.inKernel = this.frameAt(space, page) < this.memory.data;
    const outcome = super.makeKernelWritable(space, page);
    this.inKernel = false;
    return outcome;
  }

  override copyFrame(from: number, to: number): void {
    if (!this.inKernel) super.copyFrame(from, to);
  }
}

export const mutant: Mutant = {
  name: 'kernel-break-forgets-copy',
  bug: 'B08',
  defect: 'copyout breaks sharing on a path of its own, and that path does not copy the old content.',
  history: 'a student solution: only its copyout was wrong',
  whyHard: 'user stores break correctly; only a short kernel write leaves the rest of the page as junk.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: KernelBreakForgetsCopy,
};
