// Mutant B128: a page under a write pin is copied after its protection was changed and changed back.
import { PIN_WRITE } from '../../spec/op.ts';
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class ProtectionFlipMovesWritePinnedPage extends CowMachine {
  override breakPage(entry: number): boolean {
    const handle = this.pinned.indexOf(this.frame[entry]!);
    if (handle < 0 || this.pinAccess[handle] !== PIN_WRITE) return super.breakPage(entry);
    return this.copyPage(entry, BREAK_COPY, (this.bits[entry]! & ~COPY_ON_WRITE) | WRITABLE);
  }
}

export const mutant: Mutant = {
  name: 'protection-flip-moves-write-pinned-page',
  bug: 'B128',
  defect:
    'a change of protection forgets that a page belongs to its owner alone, and the next store copies it although a device writes there.',
  history: 'the fixed-buffer case with a read-only remapping of the Linux selftests',
  whyHard: 'three calls that each are right, and the device and the process see different pages.',
  rule: 30,
  invariant: 'pins.owner-keeps-frame',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'write', as: 'pin1' },
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'r' },
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'rw' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: ProtectionFlipMovesWritePinnedPage,
};
