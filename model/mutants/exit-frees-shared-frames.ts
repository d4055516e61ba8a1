// Mutant B03: the first process to end frees the frames that others still map.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ExitFreesShared extends CowMachine {
  override releaseClosed(frame: number): void {
    if (frame >= this.memory.data || this.memory.isFree(frame)) return super.releaseClosed(frame);
    this.memory.setCount(frame, 0);
    this.memory.release(frame);
    this.memory.noteWritten(frame);
  }
}

export const mutant: Mutant = {
  name: 'exit-frees-shared-frames',
  bug: 'B03',
  defect: 'there is no count of owners: ending a process returns all its frames to the pool.',
  history: 'the text of the MIT copy-on-write lab; 6.828 homework 23',
  whyHard: 'freed frames keep their bytes until they are handed out again.',
  rule: 9,
  invariant: 'isolation.end-leaves-others',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'A', status: 0 },
  ],
  machine: ExitFreesShared,
};
