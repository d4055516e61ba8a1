// Mutant B66b: a child reads secrets that were to be wiped.
import { WIPE } from '../cow/spaces.ts';
import { CowMachine } from '../cow/machine.ts';
import { ADVICE_OPS, type Mutant } from './mutant.ts';

class ForkDoesNotWipe extends CowMachine {
  override obeysAdvice(entry: number, copy: number): boolean {
    return (this.access[entry]! & WIPE) === 0 && super.obeysAdvice(entry, copy);
  }
}

export const mutant: Mutant = {
  name: 'fork-does-not-wipe',
  bug: 'B66b',
  defect: 'fork copies the whole address space and does not look at WIPEONFORK.',
  history: 'madvise10 of LTP, fork(2)',
  whyHard: 'a random generator whose child repeats its numbers.',
  rule: 21,
  invariant: 'fork.obeys-advice',
  ops: ADVICE_OPS,
  minimal: [
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'wipeonfork' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkDoesNotWipe,
};
