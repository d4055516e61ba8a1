// Mutant B10: fork asks for the hardware write bit, so a page left copy-on-write by an earlier fork counts as read-only.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ReforkLosesMark extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    const before = this.bits[entry] ?? 0;
    super.sharePage(entry, space, page);
    if ((before & COPY_ON_WRITE) === 0) return;
    const own = space * this.layout.pages + page;
    this.setEntry(own, this.frame[own] ?? -1, before & ~COPY_ON_WRITE);
  }
}

export const mutant: Mutant = {
  name: 'refork-loses-cow-mark',
  bug: 'B10',
  defect:
    'the second fork takes a page that is still copy-on-write for a read-only one and gives the child plain read-only.',
  history: 'nanvix #2512 and #2515; syswonder/ruxos #151',
  whyHard: 'it needs two forks with no write between them; then a legal write kills the grandchild.',
  rule: 11,
  invariant: 'permission.writable-stays-writable',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: ReforkLosesMark,
};
