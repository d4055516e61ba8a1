// Mutant B61: a page of the grown heap comes as its frame was left.
import { PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { TOUCH_PAGE } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class GrownHeapStale extends CowMachine {
  override bring(entry: number): boolean {
    if (this.layout.segmentOf[this.pageAt[entry] ?? 0] !== 'heap') return super.bring(entry);
    const frame = this.memory.allocate(TOUCH_PAGE);
    if (frame < 0) return false;
    this.memory.noteWritten(frame);
    this.setEntry(entry, frame, PRESENT | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'grown-heap-not-zeroed',
  bug: 'B61',
  defect:
    'the first store to a page of the grown heap brings a frame with the bytes of its last owner around it.',
  history: 'the tests rwsbrk, sbrkbugs and lazy_unmap of xv6 usertests',
  whyHard: 'memory never used before is zero by luck; the frame must have had an owner.',
  rule: 4,
  invariant: 'contents.write-is-exact',
  minimal: [
    { op: 'sbrk', by: 'A', pages: 1 },
    { op: 'write', by: 'A', at: 'heap+0', length: 1, value: 0 },
  ],
  machine: GrownHeapStale,
};
