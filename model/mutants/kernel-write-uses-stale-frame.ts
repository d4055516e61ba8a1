// Mutant B38: the kernel looks the frame up before the break and stores into it after.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class StaleFrame extends CowMachine {
  copying = false;
  stale = -1;

  override kernelWrite(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    this.copying = true;
    super.kernelWrite(by, page, at, length, value, into);
    this.copying = false;
  }

  override makeKernelWritable(space: number, page: number): number {
    this.stale = this.copying ? this.frameAt(space, page) : -1;
    return super.makeKernelWritable(space, page);
  }

  override store(frame: number, offset: number, length: number, value: number, from: number): void {
    const direct = this.copying && this.stale >= 0 && this.stale < this.memory.data;
    super.store(direct ? this.stale : frame, offset, length, value, from);
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-uses-stale-frame',
  bug: 'B38',
  defect: 'the bytes land in the frame everybody else still shares, and the writer does not get them.',
  history: 'ish-app/ish #2706; of the family of CVE-2016-5195',
  whyHard: 'the page is broken correctly; only the address is a moment too old.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: StaleFrame,
};
