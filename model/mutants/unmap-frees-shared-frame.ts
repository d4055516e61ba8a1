// Mutant B58: munmap puts the frame on the free list whoever else holds it.
import { PRIVATE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class UnmapFrees extends CowMachine {
  override forgetPage(entry: number): void {
    const frame = this.frame[entry] ?? -1;
    if (frame < 0 || frame >= this.memory.data || this.kind[entry] !== PRIVATE)
      return super.forgetPage(entry);
    this.setEntry(entry, -1, 0);
    this.memory.setCount(frame, 0);
    this.memory.release(frame);
    this.memory.noteWritten(frame);
  }
}

export const mutant: Mutant = {
  name: 'unmap-frees-shared-frame',
  bug: 'B58',
  defect: 'unmapping returns the frame to the pool instead of giving back one reference.',
  history: 'MIT cowtest simpletest, run twice; the sbrk tests of usertests',
  whyHard: 'the sharer reads its bytes until somebody is given the frame.',
  rule: 6,
  invariant: 'mapping.changes-concern-one',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'munmap', by: 'A', at: 'data+0', pages: 1 },
  ],
  machine: UnmapFrees,
};
