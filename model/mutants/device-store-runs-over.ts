// Mutant B136: a device stores one byte more than it was asked to.
import { DMA, PIN_WRITE } from '../../spec/op.ts';
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, PIN_OPS } from './mutant.ts';

class DeviceStoreRunsOver extends CowMachine {
  override device(words: Int32Array, at: number, into: Transcript): void {
    super.device(words, at, into);
    const end = words[at + 2]! + words[at + 3]!;
    const frame = this.pinned[words[at + 1]!]!;
    const stores = words[at] === DMA && frame >= 0 && this.pinAccess[words[at + 1]!] === PIN_WRITE;
    if (stores && end < this.world.pageSize) this.store(frame, end, 1, words[at + 4]!, 0);
  }
}

export const mutant: Mutant = {
  name: 'device-store-runs-over',
  bug: 'B136',
  defect: 'the end of a transfer is computed once, before the buffer was cut; the last byte falls outside.',
  history: 'CVE-2026-46331 and CVE-2022-0847, where the bytes outside were those of a file',
  whyHard: 'one byte beside the buffer, and often it is equal.',
  rule: 30,
  invariant: 'pins.device-store-shows',
  ops: PIN_OPS,
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'write', as: 'pin1' },
    { op: 'dma', pin: 'pin1', offset: 0, length: 1, value: 0 },
  ],
  machine: DeviceStoreRunsOver,
};
