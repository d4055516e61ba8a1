// Mutant B129: a read pin on zeros or on a page of the file pins the cache.
import { DONE } from '../cow/faults.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class ReadPinKeepsCachedFrame extends CowMachine {
  override makePinnable(space: number, page: number): number {
    const frame = this.readable(space, page);
    return frame >= this.memory.data ? DONE : super.makePinnable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'read-pin-keeps-cached-frame',
  bug: 'B129',
  defect:
    'only anonymous pages get a frame of their own before a read pin; the frame of zeros and cached pages of a file are pinned as they are.',
  history: 'the non-anonymous pin cases of the Linux selftests; Linux 8d6a0ac0',
  whyHard: 'the pin reads rightly until its own process writes for the first time.',
  rule: 33,
  invariant: 'pins.read-pin-owns',
  ops: PIN_OPS,
  minimal: [{ op: 'pin', by: 'A', at: 'text+0', access: 'read', as: 'pin1' }],
  machine: ReadPinKeepsCachedFrame,
};
