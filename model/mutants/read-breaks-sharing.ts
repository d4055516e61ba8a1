// Mutant B18: a load of a copy-on-write page takes the path of a store.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ReadBreaksSharing extends CowMachine {
  override readable(space: number, page: number): number {
    const entry = space * this.layout.pages + page;
    if (page < this.layout.pages && ((this.bits[entry] ?? 0) & COPY_ON_WRITE) !== 0) this.breakPage(entry);
    return super.readable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'read-breaks-sharing',
  bug: 'B18',
  defect: 'the fault handler does not look at the cause of the fault, so a read of a shared page copies it.',
  history: 'several student solutions',
  whyHard: 'nothing is ever wrong to a program; fork has merely become as dear as eager copying.',
  rule: 27,
  invariant: 'economy.read-copies-nothing',
  unseen: 'a page copied too early reads the same, and eager copying would hold its frame anyway.',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'read', by: 'A', at: 'data+0', length: 1 },
  ],
  machine: ReadBreaksSharing,
};
