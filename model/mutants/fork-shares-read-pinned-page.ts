// Mutant B123: fork shares a page that is pinned for reading.
import { PIN_READ } from '../../spec/op.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class ForkSharesReadPinnedPage extends CowMachine {
  override mayShare(entry: number): boolean {
    const handle = this.pinned.indexOf(this.frame[entry]!);
    return (handle >= 0 && this.pinAccess[handle] === PIN_READ) || super.mayShare(entry);
  }
}

export const mutant: Mutant = {
  name: 'fork-shares-read-pinned-page',
  bug: 'B123',
  defect: 'fork copies pages that are pinned for writing and shares those pinned for reading like any other.',
  history: 'the reversed vmsplice cases of the Linux selftests',
  whyHard: 'the parent must write after the fork and the device read after that.',
  rule: 30,
  invariant: 'pins.owner-keeps-frame',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: ForkSharesReadPinnedPage,
};
