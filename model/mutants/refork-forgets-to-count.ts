// Mutant B04: the second of two paths that share a page does not count the new holder.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ReforkForgetsToCount extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    const marked = ((this.bits[entry] ?? 0) & COPY_ON_WRITE) !== 0;
    super.sharePage(entry, space, page);
    const frame = this.frame[entry] ?? -1;
    if (marked && frame < this.memory.data) this.memory.setCount(frame, (this.memory.count[frame] ?? 0) - 1);
  }
}

export const mutant: Mutant = {
  name: 'refork-forgets-to-count',
  bug: 'B04',
  defect:
    'fork counts a page when it marks it copy-on-write, and forgets to when it finds it marked already.',
  history: 'nyxos-dev/nyx-os #21',
  whyHard: 'it takes two forks with no write between them, and shows much later as a use after free.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: ReforkForgetsToCount,
};
