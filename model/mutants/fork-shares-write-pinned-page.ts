// Mutant B124: fork shares a page that a device writes.
import { PIN_WRITE } from '../../spec/op.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class ForkSharesWritePinnedPage extends CowMachine {
  override mayShare(entry: number): boolean {
    const handle = this.pinned.indexOf(this.frame[entry]!);
    return (handle >= 0 && this.pinAccess[handle] === PIN_WRITE) || super.mayShare(entry);
  }
}

export const mutant: Mutant = {
  name: 'fork-shares-write-pinned-page',
  bug: 'B124',
  defect:
    'a page pinned for writing becomes copy-on-write at fork; the next store of its owner moves it to a new frame, and the device keeps the old one.',
  history: 'Linux 70e806e4 (5.9); gVisor #14031; libfabric #5215; percona/galera #98',
  whyHard:
    'a program that forks a helper while a transfer is under way: rare, and the data is lost without a sign.',
  rule: 32,
  invariant: 'pins.fork-copies',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'write', as: 'pin1' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: ForkSharesWritePinnedPage,
};
