// Mutant B21: the break drops the old frame twice, and a decrement that stops at zero hides it.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class BreakDropsTwice extends CowMachine {
  override releaseOld(frame: number): void {
    super.releaseOld(frame);
    if (frame < this.memory.data && !this.memory.isFree(frame)) this.memory.drop(frame);
  }
}

export const mutant: Mutant = {
  name: 'break-drops-twice',
  bug: 'B21',
  defect:
    'the old frame is freed by the routine that unmaps it and by the break itself; "if the count is above zero" swallows the evidence.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard: 'the frame keeps its bytes until the allocator hands it out a second time.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: BreakDropsTwice,
};
