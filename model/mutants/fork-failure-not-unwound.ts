// Mutant B84: a fork that runs out of memory half way leaves what it has shared so far behind.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ForkFailureNotUnwound extends CowMachine {
  override unwind(_from: number, _space: number, _page: number): number {
    return -1;
  }
}

export const mutant: Mutant = {
  name: 'fork-failure-not-unwound',
  bug: 'B84',
  defect: 'the half-made child space is neither closed nor used: its references and tables stay for ever.',
  history: 'a student solution; tgoskits #2096',
  whyHard: 'it needs an allocation to fail in the middle of fork, and the loss is silent.',
  rule: 22,
  invariant: 'fork.refusal-changes-nothing',
  minimal: [
    { op: 'failalloc', nth: 2 },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkFailureNotUnwound,
};
