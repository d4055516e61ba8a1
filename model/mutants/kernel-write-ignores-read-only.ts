// Mutant B42: the kernel writes to read-only user pages.
import { CowMachine } from '../cow/machine.ts';
import { DONE, NOT_ALLOWED } from '../cow/faults.ts';
import type { Mutant } from './mutant.ts';

class KernelIgnoresReadOnly extends CowMachine {
  override makeKernelWritable(space: number, page: number): number {
    const outcome = super.makeKernelWritable(space, page);
    return outcome === NOT_ALLOWED && this.frameAt(space, page) >= 0 ? DONE : outcome;
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-ignores-read-only',
  bug: 'B42',
  defect:
    'copyout checks that the page is there and not that its owner may write it, so read(2) into text succeeds.',
  history: 'usertests nowrite and textwrite; MentOS #397',
  whyHard: 'a program has to ask for it: nobody reads a file into its own code by mistake.',
  rule: 13,
  invariant: 'reply.kwrite',
  minimal: [{ op: 'kwrite', by: 'A', at: 'text+0', length: 1, value: 0 }],
  machine: KernelIgnoresReadOnly,
};
