// Mutant B30: fork marks pages that nobody may touch.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ForkMarksGuards extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    super.sharePage(entry, space, page);
    if (this.access[entry] !== 0) return;
    const bits = (this.bits[entry] ?? 0) | COPY_ON_WRITE;
    this.setEntry(entry, this.frame[entry] ?? -1, bits);
    this.setEntry(space * this.layout.pages + page, this.frame[entry] ?? -1, bits);
  }
}

export const mutant: Mutant = {
  name: 'fork-marks-guard-pages',
  bug: 'B30',
  defect:
    'a page without any access has a frame like others, and fork marks it copy-on-write: the next store opens it.',
  history: 'the stack test of xv6 usertests; one student solution treats the guard page apart',
  whyHard: 'a guard page is there to be hit by accident, which tests do not do.',
  rule: 10,
  invariant: 'permission.no-page-gains',
  minimal: [
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'none' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkMarksGuards,
};
