// Mutant B94b: a kernel write without memory says that the address is bad.
import type { Transcript } from '../../spec/transcript.ts';
import { NOT_ALLOWED } from '../cow/faults.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ReadsAsFault extends CowMachine {
  override cutShort(_outcome: number, done: number, into: Transcript): void {
    super.cutShort(NOT_ALLOWED, done, into);
  }
}

export const mutant: Mutant = {
  name: 'kernel-out-of-memory-reads-as-fault',
  bug: 'B94b',
  defect:
    'one code stands for all failures of a copy to user memory, and the caller is told that its pointer is bad.',
  history: 'rcore-os/tgoskits #1991 and #1993',
  whyHard: 'an error is expected there; which one is rarely compared.',
  rule: 13,
  invariant: 'reply.kwrite',
  minimal: [
    { op: 'failalloc', nth: 1 },
    { op: 'kwrite', by: 'A', at: 'bss+0', length: 1, value: 0 },
  ],
  machine: ReadsAsFault,
};
