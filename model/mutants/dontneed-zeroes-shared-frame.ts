// Mutant B62: DONTNEED zeroes the frame instead of letting go of it.
import { PRIVATE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class DontneedZeroes extends CowMachine {
  override discard(space: number, page: number, count: number): void {
    const { memory } = this;
    for (let entry = space * this.layout.pages + page; count > 0; entry++, count--) {
      const frame = this.frame[entry] ?? -1;
      if (this.kind[entry] !== PRIVATE || frame < 0 || frame >= memory.data) {
        super.discard(space, this.pageAt[entry] ?? 0, 1);
        continue;
      }
      memory.words.fill(0, frame * memory.wordsPerFrame, (frame + 1) * memory.wordsPerFrame);
      memory.noteWritten(frame);
    }
  }
}

export const mutant: Mutant = {
  name: 'dontneed-zeroes-shared-frame',
  bug: 'B62',
  defect: 'a discarded page is wiped in place, and with it the page of everybody who shares the frame.',
  history: 'the rule is that of madvise(2)',
  whyHard: 'the caller reads zeros, as it should; only a sharer can tell.',
  rule: 19,
  invariant: 'advice.discards-own-only',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'dontneed' },
  ],
  machine: DontneedZeroes,
};
