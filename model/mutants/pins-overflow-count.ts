// Mutant B133: many pins make the count of a frame wrap.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class PinsOverflowCount extends CowMachine {
  override takePin(frame: number): void {
    super.takePin(frame);
    this.memory.setCount(frame, this.memory.count[frame]! & 3);
  }
}

export const mutant: Mutant = {
  name: 'pins-overflow-count',
  bug: 'B133',
  defect:
    'the count has two bits, and nothing keeps pins from running over it: the fourth reference makes it zero.',
  history: 'CVE-2019-11487, with 32 bits',
  whyHard: 'it takes as many pins as the counter counts.',
  rule: 34,
  invariant: 'pins.frame-outlives-mapping',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' },
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin2' },
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin3' },
  ],
  machine: PinsOverflowCount,
};
