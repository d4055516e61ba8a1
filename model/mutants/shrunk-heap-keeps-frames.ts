// Mutant B59b: sbrk gives up pages and keeps their frames.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ShrunkHeapKeeps extends CowMachine {
  override moveBreak(space: number, count: number): void {
    const end = this.layout.start.heap + (this.heap[space] ?? 0);
    for (let page = end + count; page < end; page++) {
      const frame = this.frameAt(space, page);
      if (frame >= 0) this.memory.take(frame);
    }
    super.moveBreak(space, count);
  }
}

export const mutant: Mutant = {
  name: 'shrunk-heap-keeps-frames',
  bug: 'B59b',
  defect: 'a heap that shrinks loses its pages, and the pool does not get their frames.',
  history: 'MIT cowtest; the sbrk tests of xv6 usertests',
  whyHard: 'the pages must have been touched, or there is nothing to lose.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'sbrk', by: 'A', pages: 1 },
    { op: 'write', by: 'A', at: 'heap+0', length: 1, value: 0 },
    { op: 'sbrk', by: 'A', pages: -1 },
  ],
  machine: ShrunkHeapKeeps,
};
