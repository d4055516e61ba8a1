// Mutant B45: the wait status is copied through the frame address of the page.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { DONE } from '../cow/faults.ts';
import type { Mutant } from './mutant.ts';

class StatusSkipsBreak extends CowMachine {
  override storeStatus(by: number, page: number, offset: number, word: number): number {
    const space = this.spaceOf[by] ?? -1;
    const frame = this.frameAt(space, page);
    const marked = ((this.bits[space * this.layout.pages + page] ?? 0) & COPY_ON_WRITE) !== 0;
    const direct = marked && frame < this.memory.data && offset + 4 <= this.world.pageSize;
    if (frame < 0 || !direct) return super.storeStatus(by, page, offset, word);
    this.store(frame, offset, 4, word, 0);
    return DONE;
  }
}

export const mutant: Mutant = {
  name: 'wait-status-skips-break',
  bug: 'B45',
  defect:
    'the kernel stores the status of an ended child straight into the frame of the waiter, which others may share.',
  history: 'follows from the copyout of the MIT lab text and from B36',
  whyHard: 'the child that ended is gone; it takes a second one to see the status in its own memory.',
  rule: 15,
  invariant: 'wait.status-stays-private',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
    { op: 'exit', by: 'B', status: 0 },
    { op: 'wait', by: 'A', into: 'data+0' },
  ],
  machine: StatusSkipsBreak,
};
