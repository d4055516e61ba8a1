// Mutant B93: a break that found no memory leaves its page busy, and fork waits for it.
import { type Mutant, Remembering } from './mutant.ts';

class StaysBusy extends Remembering {
  /** `remembered`: 1 for an entry whose break has begun and not ended. */
  override breakPage(entry: number): boolean {
    this.remembered[entry] = 1;
    return super.breakPage(entry);
  }

  override setEntry(entry: number, frame: number, bits: number): void {
    super.setEntry(entry, frame, bits);
    this.remembered[entry] = -1;
  }

  override sharePage(entry: number, space: number, page: number): void {
    if (this.remembered[entry] === 1) throw new Error('fork waits for a page that is never ready');
    super.sharePage(entry, space, page);
  }
}

export const mutant: Mutant = {
  name: 'out-of-memory-break-stays-busy',
  bug: 'B93',
  defect: 'the break marks its page busy, runs out of memory, and leaves without taking the mark off.',
  history: 'managarm #1626',
  whyHard: 'the failing op answers properly; it is the next fork that hangs.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'failalloc', nth: 1 },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: StaysBusy,
};
