// Mutant B66c: a grandchild reads what its parent was wiped of.
import { PERMISSIONS } from '../cow/spaces.ts';
import { CowMachine } from '../cow/machine.ts';
import { ADVICE_OPS, type Mutant } from './mutant.ts';

class WipeMarkNotInherited extends CowMachine {
  override obeysAdvice(entry: number, copy: number): boolean {
    super.obeysAdvice(entry, copy);
    this.access[copy] = this.access[copy]! & PERMISSIONS;
    return true;
  }
}

export const mutant: Mutant = {
  name: 'wipe-mark-not-inherited',
  bug: 'B66c',
  defect:
    'the child of a process with WIPEONFORK pages finds them wiped and unmarked: its own children get its bytes.',
  history: 'madvise10 of LTP; madvise(2) says the mark stays',
  whyHard: 'takes a third generation.',
  rule: 21,
  invariant: 'fork.obeys-advice',
  ops: ADVICE_OPS,
  minimal: [
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'wipeonfork' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'B', at: 'data+0', length: 1, value: 1 },
    { op: 'fork', by: 'B', as: 'C' },
  ],
  machine: WipeMarkNotInherited,
};
