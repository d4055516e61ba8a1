// Mutant B97: one table frame of every closed space is forgotten.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class TableFramesLeak extends CowMachine {
  override closeSpace(space: number): void {
    this.tablesOf[space] = (this.tablesOf[space] ?? 0) - 1;
    super.closeSpace(space);
  }
}

export const mutant: Mutant = {
  name: 'table-frames-leak',
  bug: 'B97',
  defect: 'the frames of the pages all come back, the root of the page table does not.',
  history: 'a note on uCore lab 5, which loses one page beyond twelve children',
  whyHard: 'whoever counts data frames only finds every one of them.',
  rule: 26,
  invariant: 'frames.all-back',
  unseen: 'page tables come from a pool of their own, and none of the ops reads how full it is.',
  minimal: [{ op: 'exit', by: 'A', status: 0 }],
  machine: TableFramesLeak,
};
