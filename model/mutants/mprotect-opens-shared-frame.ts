// Mutant B55: mprotect sets the hardware write bit without asking who else maps the frame.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ProtectOpensFrame extends CowMachine {
  override protect(space: number, page: number, count: number, access: number): void {
    super.protect(space, page, count, access);
    for (let entry = space * this.layout.pages + page; count > 0; entry++, count--) {
      const frame = this.frame[entry] ?? -1;
      const bits = this.bits[entry] ?? 0;
      if ((bits & COPY_ON_WRITE) === 0 || frame >= this.memory.data) continue;
      this.setEntry(entry, frame, (bits & ~COPY_ON_WRITE) | WRITABLE);
    }
  }
}

export const mutant: Mutant = {
  name: 'mprotect-opens-shared-frame',
  bug: 'B55',
  defect: 'giving write permission back makes the entry writable at once, copy-on-write or not.',
  history: 'tgoskits #1992; nanvix #3178',
  whyHard: 'fork and the fault handler are right; only a protection change between them opens the frame.',
  rule: 29,
  invariant: 'frames.shared-is-read-only',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'rw' },
  ],
  machine: ProtectOpensFrame,
};
