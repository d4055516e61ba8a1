// Mutant B122: a read pin is put on a frame that others hold too.
import { DONE } from '../cow/faults.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class ReadPinSharesFrame extends CowMachine {
  override makePinnable(space: number, page: number): number {
    const frame = this.readable(space, page);
    return frame >= 0 && frame < this.memory.data ? DONE : super.makePinnable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'read-pin-shares-frame',
  bug: 'B122',
  defect:
    'a read pin takes the frame as it is, shared or not; when the pinner lets go, whoever is left looks like the only holder.',
  history: 'CVE-2020-29374; the vmsplice cases of the Linux selftests',
  whyHard: 'two processes, a device, and an unmapping in the right order before any byte is wrong.',
  rule: 33,
  invariant: 'pins.read-pin-owns',
  ops: PIN_OPS,
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' },
  ],
  machine: ReadPinSharesFrame,
};
