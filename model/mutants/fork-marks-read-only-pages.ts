// Mutant B11: fork marks every page copy-on-write, whatever its permission.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ReadOnlyPagesMarked extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    super.sharePage(entry, space, page);
    for (const shared of [entry, space * this.layout.pages + page])
      this.setEntry(shared, this.frame[shared] ?? -1, (this.bits[shared] ?? 0) | COPY_ON_WRITE);
  }
}

export const mutant: Mutant = {
  name: 'fork-marks-read-only-pages',
  bug: 'B11',
  defect:
    'a page that was read-only before the fork becomes copy-on-write, and the first store breaks it into a writable page.',
  history: '7 of 12 student solutions from before 2022',
  whyHard: 'it stayed unseen for years because the base kernel had no read-only user page.',
  rule: 10,
  invariant: 'permission.no-page-gains',
  minimal: [{ op: 'fork', by: 'A', as: 'B' }],
  machine: ReadOnlyPagesMarked,
};
