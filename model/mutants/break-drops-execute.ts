// Mutant B13b: the break writes permissions of its own, and execution is not among them.
import { EXECUTABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class BreakDropsExecute extends CowMachine {
  override breakPage(entry: number): boolean {
    const broken = super.breakPage(entry);
    if (broken) this.setEntry(entry, this.frame[entry]!, this.bits[entry]! & ~EXECUTABLE);
    return broken;
  }
}

export const mutant: Mutant = {
  name: 'break-drops-execute',
  bug: 'B13b',
  defect: 'the break writes read and write into the new entry instead of what the old one had.',
  history: 'the mirror image of the widened permissions in student solutions',
  whyHard: 'pages that are written and executed are rare, and the store that breaks one succeeds.',
  rule: 10,
  invariant: 'permission.executable-stays-executable',
  unseen: 'none of the ops executes what it has written.',
  minimal: [
    { op: 'mprotect', by: 'A', at: 'text+0', pages: 1, access: 'rwx' },
    { op: 'write', by: 'A', at: 'text+0', length: 1, value: 0 },
  ],
  machine: BreakDropsExecute,
};
