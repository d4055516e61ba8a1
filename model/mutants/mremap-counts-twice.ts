// Mutant B72b: a moved page keeps a reference at its old place.
import { CowMachine } from '../cow/machine.ts';
import { MOVE_OPS, type Mutant } from './mutant.ts';

class MremapCountsTwice extends CowMachine {
  override moveEntry(from: number, to: number): void {
    super.moveEntry(from, to);
    if (this.frame[to]! >= 0) this.memory.take(this.frame[to]!);
  }
}

export const mutant: Mutant = {
  name: 'mremap-counts-twice',
  bug: 'B72b',
  defect:
    'mremap maps the page at the new address like a new one and never gives back the reference of the old.',
  history: 'tgoskits #1173',
  whyHard: 'the frame is lost only when everybody has let go.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  ops: MOVE_OPS,
  minimal: [{ op: 'mremap', by: 'A', at: 'data+0', pages: 1, to: 'map+0' }],
  machine: MremapCountsTwice,
};
