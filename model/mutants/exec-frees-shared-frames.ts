// Mutant B78b: exec frees the frames of the old image whoever else maps them.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ExecFreesShared extends CowMachine {
  replacing = false;

  override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
    this.replacing = true;
    super.exec(by, image, via, argument, into);
    this.replacing = false;
  }

  override releaseClosed(frame: number): void {
    if (!this.replacing || frame >= this.memory.data || this.memory.isFree(frame))
      return super.releaseClosed(frame);
    this.memory.setCount(frame, 0);
    this.memory.release(frame);
    this.memory.noteWritten(frame);
  }
}

export const mutant: Mutant = {
  name: 'exec-frees-shared-frames',
  bug: 'B78b',
  defect:
    'exit drops references as it should; exec has a routine of its own that returns frames to the pool outright.',
  history: 'SerenityOS #61; MIT cowtest runs exec after fork for it',
  whyHard:
    'fork and exec in a row is what every shell does, but the parent rarely looks at its data at once.',
  rule: 9,
  invariant: 'isolation.end-leaves-others',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exec', by: 'A', image: 0, via: 'execve', argument: 0 },
  ],
  machine: ExecFreesShared,
};
