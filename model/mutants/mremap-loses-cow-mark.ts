// Mutant B72: a moved page forgets that it is copy-on-write.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { MOVE_OPS, type Mutant } from './mutant.ts';

class MremapLosesCowMark extends CowMachine {
  override moveEntry(from: number, to: number): void {
    super.moveEntry(from, to);
    this.setEntry(to, this.frame[to]!, this.bits[to]! & ~COPY_ON_WRITE);
  }
}

export const mutant: Mutant = {
  name: 'mremap-loses-cow-mark',
  bug: 'B72',
  defect: 'mremap copies frame and permissions of an entry and drops the mark: the next store is refused.',
  history: 'the partial mremap backing of the Linux selftests; tgoskits #1173',
  whyHard: 'a page must be moved between fork and the first store.',
  rule: 11,
  invariant: 'permission.writable-stays-writable',
  ops: MOVE_OPS,
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'mremap', by: 'A', at: 'data+0', pages: 1, to: 'map+0' },
  ],
  machine: MremapLosesCowMark,
};
