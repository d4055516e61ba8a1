// Mutant B57: taking write permission away erases the copy-on-write mark.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ProtectErasesMark extends CowMachine {
  override protect(space: number, page: number, count: number, access: number): void {
    for (let entry = space * this.layout.pages + page, left = count; left > 0; entry++, left--) {
      const marked = ((this.bits[entry] ?? 0) & COPY_ON_WRITE) !== 0;
      super.protect(space, this.pageAt[entry] ?? 0, 1, access);
      if (marked && (this.frame[entry] ?? -1) < this.memory.data)
        this.setEntry(entry, this.frame[entry] ?? -1, (this.bits[entry] ?? 0) & ~COPY_ON_WRITE);
    }
  }
}

export const mutant: Mutant = {
  name: 'mprotect-erases-cow-mark',
  bug: 'B57',
  defect:
    'mprotect forgets that the page was shared; when permission comes back the page is plain read-only.',
  history: 'nanvix #3178',
  whyHard: 'it takes two protection changes after a fork, and then a legal store kills its process.',
  rule: 11,
  invariant: 'permission.writable-stays-writable',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'rw' },
  ],
  machine: ProtectErasesMark,
};
