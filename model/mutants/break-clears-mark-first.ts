// Mutant B89: the break clears the copy-on-write mark before it has a frame.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class MarkClearedFirst extends CowMachine {
  override breakPage(entry: number): boolean {
    const frame = this.frame[entry] ?? -1;
    if (frame < this.memory.data) this.setEntry(entry, frame, (this.bits[entry] ?? 0) & ~COPY_ON_WRITE);
    return super.breakPage(entry);
  }
}

export const mutant: Mutant = {
  name: 'break-clears-mark-first',
  bug: 'B89',
  defect: 'if the allocation fails the page is neither writable nor copy-on-write, and stays so.',
  history: 'Dream95, a student solution of the MIT copy-on-write lab',
  whyHard:
    'a process killed for want of memory takes the evidence with it; only a kernel write that is refused leaves it.',
  rule: 11,
  invariant: 'permission.writable-stays-writable',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'failalloc', nth: 1 },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: MarkClearedFirst,
};
