// Mutant B81b: vfork is a fork whose parent waits.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class VforkCopies extends CowMachine {
  override vfork(by: number, child: number, into: Transcript): void {
    const before = this.processes;
    this.fork(by, child, into);
    if (this.processes > before) this.suspendedBy[by] = child;
  }
}

export const mutant: Mutant = {
  name: 'vfork-copies',
  bug: 'B81b',
  defect: 'the child gets memory of its own, so the parent wakes up without what the child has written.',
  history: 'the text of vfork(2); tools that replace vfork by fork, as rr #1761 and DynamoRIO #1288 discuss',
  whyHard: 'POSIX allows it, and only a kernel that promises to lend its memory can be held to it.',
  rule: 18,
  invariant: 'vfork.one-memory',
  minimal: [{ op: 'vfork', by: 'A', as: 'B' }],
  machine: VforkCopies,
};
