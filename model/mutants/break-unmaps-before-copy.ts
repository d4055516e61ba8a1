// Mutant B91: the break removes the old mapping before the new one stands.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class UnmappedBeforeCopy extends CowMachine {
  override breakPage(entry: number): boolean {
    const old = this.frame[entry] ?? -1;
    if (super.breakPage(entry)) return true;
    if (old < this.memory.data) {
      this.setEntry(entry, -1, 0);
      this.memory.drop(old);
    }
    return false;
  }
}

export const mutant: Mutant = {
  name: 'break-unmaps-before-copy',
  bug: 'B91',
  defect: 'if there is no frame for the copy, the page and its content are gone.',
  history: 'the student solutions of Dream95, QinRuixin and aptend',
  whyHard:
    'a process killed for want of memory takes the evidence with it; only a kernel write that is refused leaves it.',
  rule: 23,
  invariant: 'fault.exhaustion-ends-one',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'failalloc', nth: 1 },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: UnmappedBeforeCopy,
};
