// Mutant B66: a child gets pages that were to be kept from it.
import { DONT_FORK } from '../cow/spaces.ts';
import { CowMachine } from '../cow/machine.ts';
import { ADVICE_OPS, type Mutant } from './mutant.ts';

class ForkIgnoresDontfork extends CowMachine {
  override obeysAdvice(entry: number, copy: number): boolean {
    return (this.access[entry]! & DONT_FORK) === 0 && super.obeysAdvice(entry, copy);
  }
}

export const mutant: Mutant = {
  name: 'fork-ignores-dontfork',
  bug: 'B66',
  defect: 'fork copies the whole address space and does not look at DONTFORK.',
  history: 'madvise10 of LTP, fork(2)',
  whyHard: 'most children never look at what they should not have.',
  rule: 21,
  invariant: 'fork.obeys-advice',
  ops: ADVICE_OPS,
  minimal: [
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'dontfork' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkIgnoresDontfork,
};
