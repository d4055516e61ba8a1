// Mutant B134: a page stays hidden from children after it was shown again.
import { DOFORK } from '../../spec/op.ts';
import { CowMachine } from '../cow/machine.ts';
import { ADVICE_OPS, type Mutant } from './mutant.ts';

class DoforkForgetsToClear extends CowMachine {
  override advise(space: number, page: number, count: number, advice: number): void {
    if (advice !== DOFORK) super.advise(space, page, count, advice);
  }
}

export const mutant: Mutant = {
  name: 'dofork-forgets-to-clear',
  bug: 'B134',
  defect: 'DONTFORK marks a page that a device uses; the advice that takes the mark back does nothing.',
  history: 'rdma-core #824',
  whyHard: 'the failing process is the child, long after the device is gone.',
  rule: 1,
  invariant: 'fork.copies-every-page',
  ops: ADVICE_OPS,
  minimal: [
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'dontfork' },
    { op: 'madvise', by: 'A', at: 'data+0', pages: 1, advice: 'dofork' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: DoforkForgetsToClear,
};
