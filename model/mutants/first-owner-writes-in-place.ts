// Mutant B15: the process that owned the frame first is let through while others still share it.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FirstOwnerInPlace extends CowMachine {
  override breakPage(entry: number): boolean {
    const frame = this.frame[entry] ?? -1;
    if (frame >= this.memory.data || this.frame.indexOf(frame) !== entry) return super.breakPage(entry);
    this.setEntry(entry, frame, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'first-owner-writes-in-place',
  bug: 'B15',
  defect: 'the break takes the oldest holder for the owner and lets it write in place.',
  history: 'a design seen in reviews; the internal snapshots of qcow2 have its like',
  whyHard: 'the child is isolated from nothing but the parent, and only before its own first write.',
  rule: 2,
  invariant: 'isolation.write-stays-private',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: FirstOwnerInPlace,
};
