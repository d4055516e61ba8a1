// Mutant B130b: a pin that was given back keeps its reference.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class UnpinKeepsReference extends CowMachine {
  override dropPin(): void {}
}

export const mutant: Mutant = {
  name: 'unpin-keeps-reference',
  bug: 'B130b',
  defect: 'unpin forgets the handle and leaves the count of the frame as it was: the frame never comes back.',
  history: 'the other half of gVisor #14031',
  whyHard: 'nothing is wrong but one count, until memory runs out.',
  rule: 34,
  invariant: 'pins.unpin-releases-once',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' },
    { op: 'unpin', pin: 'pin1' },
  ],
  machine: UnpinKeepsReference,
};
