// Mutant B86: the code that tests for a failed fork tests for the wrong sign.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ForkFailureIsSuccess extends CowMachine {
  override unwind(_from: number, space: number, _page: number): number {
    return space;
  }
}

export const mutant: Mutant = {
  name: 'fork-failure-reads-as-success',
  bug: 'B86',
  defect: 'fork reports a child although the copy of the address space stopped half way.',
  history: 'a student solution: the error is -1 and the test asks for more than 0',
  whyHard: 'the child runs until it touches a page that was never shared.',
  rule: 1,
  invariant: 'fork.copies-every-page',
  minimal: [
    { op: 'failalloc', nth: 2 },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkFailureIsSuccess,
};
