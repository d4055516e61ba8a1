// Mutant B128: a page under a write pin is copied after its protection was changed and changed back.
import { PIN_WRITE } from '../../spec/op.ts';
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ProtectionFlipMovesWritePinnedPage extends CowMachine {
  override breakPage(entry: number): boolean {
    const old = this.frame[entry]!;
    const handle = this.pinned.indexOf(old);
    if (handle < 0 || this.pinAccess[handle] !== PIN_WRITE) return super.breakPage(entry);
    const own = this.memory.allocate(BREAK_COPY);
    if (own < 0) return false;
    this.copyFrame(old, own);
    this.setEntry(entry, own, (this.bits[entry]! & ~COPY_ON_WRITE) | WRITABLE);
    this.releaseOld(old);
    return true;
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
  ops: [
    'fork',
    'exit',
    'exec',
    'read',
    'write',
    'kwrite',
    'mmap',
    'munmap',
    'mprotect',
    'madvise',
    'pin',
    'unpin',
    'dma',
  ],
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'write', as: 'pin1' },
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'r' },
    { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'rw' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: ProtectionFlipMovesWritePinnedPage,
};
