// Mutant B02: fork write-protects only the entry of the parent.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ChildStaysWritable extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    const before = this.bits[entry] ?? 0;
    super.sharePage(entry, space, page);
    if ((before & WRITABLE) === 0) return;
    const own = space * this.layout.pages + page;
    this.setEntry(own, this.frame[own] ?? -1, before & ~COPY_ON_WRITE);
  }
}

export const mutant: Mutant = {
  name: 'fork-leaves-child-writable',
  bug: 'B02',
  defect: 'the entry of the child keeps write access to the frame of the parent.',
  history: 'asterinas 7bee03f91',
  whyHard: 'the mirror image of B01: a test in which only the parent writes sees nothing.',
  rule: 29,
  invariant: 'frames.shared-is-read-only',
  minimal: [{ op: 'fork', by: 'A', as: 'B' }],
  machine: ChildStaysWritable,
};
