// Mutant B85: a fork that fails has already counted the page at which it failed.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ForkFailureKeepsCount extends CowMachine {
  override unwind(from: number, space: number, page: number): number {
    const frame = this.frameAt(from, page);
    if (frame >= 0) this.memory.take(frame);
    return super.unwind(from, space, page);
  }
}

export const mutant: Mutant = {
  name: 'fork-failure-keeps-one-count',
  bug: 'B85',
  defect: 'the count is raised before the mapping that then fails, and the unwinding stops one page short.',
  history: '7 of 19 student solutions',
  whyHard: 'one reference on one frame, and only if that very allocation fails.',
  rule: 22,
  invariant: 'fork.refusal-changes-nothing',
  minimal: [
    { op: 'failalloc', nth: 2 },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkFailureKeepsCount,
};
