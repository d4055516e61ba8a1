// Mutant B48: a kernel write that stops half way says that it wrote nothing.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class TellsNothing extends CowMachine {
  override cutShort(outcome: number, _done: number, into: Transcript): void {
    super.cutShort(outcome, 0, into);
  }
}

export const mutant: Mutant = {
  name: 'partial-kernel-write-tells-nothing',
  bug: 'B48',
  defect: 'the bytes before the bad page were written, and the answer is that none were.',
  history: 'the copyout and lazy_copy tests of xv6 usertests; the exact rule is ours',
  whyHard: 'it takes a buffer that begins well and ends badly, and a look at the bytes afterwards.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [{ op: 'kwrite', by: 'A', at: 'bss+7', length: 2, value: 1 }],
  machine: TellsNothing,
};
