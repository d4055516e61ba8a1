// Mutant B40: no memory for the kernel's copy, and the null frame is used.
import { COPY_ON_WRITE, type Transcript, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FrameZero extends CowMachine {
  byKernel = false;

  override kernelWrite(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    this.byKernel = true;
    super.kernelWrite(by, page, at, length, value, into);
    this.byKernel = false;
  }

  override breakPage(entry: number): boolean {
    if (super.breakPage(entry)) return true;
    if (!this.byKernel) return false;
    this.copyFrame(this.frame[entry] ?? 0, 0);
    this.setEntry(entry, 0, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'failed-allocation-is-frame-zero',
  bug: 'B40',
  defect:
    'the result of a failed allocation is not looked at: the page is copied to physical page zero and mapped there.',
  history: 'CarmChao; the README of a student solution, found by the execout test',
  whyHard: 'memory must run out inside a system call, and page zero belongs to somebody else.',
  rule: 13,
  invariant: 'kernel.write-obeys',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'failalloc', nth: 1 },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: FrameZero,
};
