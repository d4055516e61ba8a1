// Mutant B62b: DONTNEED takes the page away from all who share it.
import { PRIVATE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class DontneedForAll extends CowMachine {
  override discard(space: number, page: number, count: number): void {
    for (let p = page; p < page + count; p++) {
      const entry = space * this.layout.pages + p;
      const frame = this.frameAt(space, p);
      if (this.kind[entry] !== PRIVATE || frame < 0 || frame >= this.memory.data) continue;
      for (let other = 0; other < this.frame.length; other++)
        if (this.frame[other] === frame && other !== entry) this.forgetPage(other);
    }
    super.discard(space, page, count);
  }
}

export const mutant: Mutant = {
  name: 'dontneed-drops-for-everyone',
  bug: 'B62b',
  defect: 'the discard goes from the frame to every entry that maps it, not from the entry to the frame.',
  history: 'the rule is that of madvise(2); reverse maps make the mistake easy',
  whyHard: 'the caller reads zeros, as it should; the sharers were not asked.',
  rule: 19,
  invariant: 'advice.discards-own-only',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'dontneed' },
  ],
  machine: DontneedForAll,
};
