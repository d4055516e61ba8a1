// Mutant B29: the heap may grow one page past its limit.
import * as op from '../../spec/op.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class HeapLimit extends CowMachine {
  override takesRange(space: number, code: number, page: number, offset: number, count: number): boolean {
    const end = (this.heap[space] ?? 0) + page;
    if (code === op.SBRK && end === this.layout.span.heap + 1) return true;
    return super.takesRange(space, code, page, offset, count);
  }
}

export const mutant: Mutant = {
  name: 'heap-limit-off-by-one',
  bug: 'B29',
  defect:
    'the limit is tested with greater-than where greater-or-equal is meant, so one page belongs to two regions.',
  history: 'student solutions; AnsonHooL; the MAXVAplus test of xv6 usertests (3b3f83f)',
  whyHard: 'only the one value at the very limit shows it.',
  rule: 6,
  invariant: 'reply.sbrk',
  minimal: [{ op: 'sbrk', by: 'A', pages: 2 }],
  machine: HeapLimit,
};
