// Mutant B06: the break gives its reference back through a helper that does not free the frame at zero.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class NothingFreedAtZero extends CowMachine {
  override breakPage(entry: number): boolean {
    const old = this.frame[entry] ?? -1;
    const own = this.memory.allocate(BREAK_COPY);
    if (own < 0) return false;
    this.copyFrame(old, own);
    this.setEntry(entry, own, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    this.memory.setCount(old, (this.memory.count[old] ?? 0) - 1);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'break-frees-nothing-at-zero',
  bug: 'B06',
  defect:
    "a break always copies and lowers the count of the old frame by hand; at zero the frame is in nobody's hands and not on the free list.",
  history: 'a student solution: the fault handler has a decrement of its own',
  whyHard: 'while there are two holders nothing leaks; only the last one does it, and its bytes are right.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'A', status: 0 },
    { op: 'write', by: 'B', at: 'data+0', length: 1, value: 0 },
  ],
  machine: NothingFreedAtZero,
};
