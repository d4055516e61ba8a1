// Mutant B13: the break maps the copy with every permission there is.
import { EXECUTABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class BreakAddsExecute extends CowMachine {
  override breakPage(entry: number): boolean {
    const data = (this.frame[entry] ?? -1) < this.memory.data;
    const broken = super.breakPage(entry);
    if (broken && data) this.setEntry(entry, this.frame[entry] ?? -1, (this.bits[entry] ?? 0) | EXECUTABLE);
    return broken;
  }
}

export const mutant: Mutant = {
  name: 'break-adds-execute',
  bug: 'B13',
  defect: 'the new entry gets read, write and execute, whatever the old one had.',
  history: 'Aaron-QL; a student solution; AnsonHooL',
  whyHard: 'no load or store goes wrong; the page has only become executable.',
  rule: 10,
  invariant: 'permission.no-page-gains',
  unseen: 'none of the ops executes what it has written.',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: BreakAddsExecute,
};
