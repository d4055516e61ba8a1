// Mutant B81: the parent is not held while its vfork child uses its memory.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class VforkParentRunsOn extends CowMachine {
  override vfork(by: number, child: number, into: Transcript): void {
    const before = this.processes;
    super.vfork(by, child, into);
    if (this.processes > before) this.suspendedBy[by] = -1;
  }
}

export const mutant: Mutant = {
  name: 'vfork-parent-runs-on',
  bug: 'B81',
  defect: 'both run on one address space at once.',
  history: 'the rule is that of vfork(2)',
  whyHard: 'on a busy machine the child is nearly always first.',
  rule: 18,
  invariant: 'reply.exit',
  minimal: [
    { op: 'vfork', by: 'A', as: 'B' },
    { op: 'exit', by: 'A', status: 0 },
  ],
  machine: VforkParentRunsOn,
};
