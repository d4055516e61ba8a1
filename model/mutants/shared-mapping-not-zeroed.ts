// Mutant B61b: a shared mapping comes as its frames were left.
import { SHARED } from '../../spec/law.ts';
import { WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { SHARED_PAGE } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class SharedNotZeroed extends CowMachine {
  override mapShared(entry: number, page: number): boolean {
    if (this.kind[entry] !== SHARED) return super.mapShared(entry, page);
    const frame = this.memory.allocate(SHARED_PAGE);
    if (frame < 0) return false;
    this.memory.noteWritten(frame);
    this.setEntry(entry, frame, this.bitsFor(entry, WRITABLE));
    return true;
  }
}

export const mutant: Mutant = {
  name: 'shared-mapping-not-zeroed',
  bug: 'B61b',
  defect: 'a fresh shared page shows its new holders what its frame held before.',
  history: 'the tests rwsbrk and sbrkbugs of xv6 usertests ask the same of the heap',
  whyHard: 'private pages are zeroed on another path, and are right.',
  rule: 8,
  invariant: 'mapping.fresh-pages-read-right',
  minimal: [{ op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'shared', access: 'r' }],
  machine: SharedNotZeroed,
};
