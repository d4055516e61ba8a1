// Mutant B130: a pin does not count as a reference.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class PinTakesNoReference extends CowMachine {
  override takePin(): void {}

  override dropPin(): void {}
}

export const mutant: Mutant = {
  name: 'pin-takes-no-reference',
  bug: 'B130',
  defect:
    'a pin remembers the frame and does not raise its count, so the last unmapping frees the frame under the device.',
  history: 'gVisor #14031 (pins are references)',
  whyHard: 'the frame has to be handed out again before the device stores into it.',
  rule: 34,
  invariant: 'pins.frame-outlives-mapping',
  ops: PIN_OPS,
  minimal: [{ op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' }],
  machine: PinTakesNoReference,
};
