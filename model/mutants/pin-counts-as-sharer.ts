// Mutant B126: the reference of a read pin makes the owner copy.
import { PIN_READ } from '../../spec/op.ts';
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class PinCountsAsSharer extends CowMachine {
  override breakPage(entry: number): boolean {
    const handle = this.pinned.indexOf(this.frame[entry]!);
    if (handle < 0 || this.pinAccess[handle] !== PIN_READ) return super.breakPage(entry);
    return this.copyPage(entry, BREAK_COPY, (this.bits[entry]! & ~COPY_ON_WRITE) | WRITABLE);
  }
}

export const mutant: Mutant = {
  name: 'pin-counts-as-sharer',
  bug: 'B126',
  defect:
    'whether a frame is its owner alone is asked of its count, and the pin of the owner itself is counted: the owner copies and parts from its device.',
  history: 'the Linux regression of 2020 to 2022; the read-only exclusive cases of the Linux selftests',
  whyHard: 'needs a page that went read-only and came back while it was pinned.',
  rule: 30,
  invariant: 'pins.owner-keeps-frame',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'text+0', access: 'read', as: 'pin1' },
    { op: 'mprotect', by: 'A', at: 'text+0', pages: 1, access: 'rw' },
    { op: 'write', by: 'A', at: 'text+0', length: 1, value: 0 },
  ],
  machine: PinCountsAsSharer,
};
