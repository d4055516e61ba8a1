// Mutant B09: the break copies from the byte that faulted to the end of the page, not the page.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class CopiedFromFaultOn extends CowMachine {
  from = 0;

  override write(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    this.from = at;
    super.write(by, page, at, length, value, into);
    this.from = 0;
  }

  override copyFrame(from: number, to: number): void {
    const { pageSize } = this.world;
    const { bytes } = this.memory;
    bytes.copyWithin(to * pageSize + this.from, from * pageSize + this.from, (from + 1) * pageSize);
    this.memory.noteWritten(to);
  }
}

export const mutant: Mutant = {
  name: 'break-copies-from-fault-on',
  bug: 'B09',
  defect:
    'the copy starts at the faulting address, so what lies before it in the page is whatever the new frame held.',
  history: 'rcore-os/rCore_tutorial #13; the aptend README has the same with swapped arguments',
  whyHard: 'a test that writes the first byte of a page, as most do, sees a perfect copy.',
  rule: 4,
  invariant: 'contents.write-is-exact',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+1', length: 1, value: 0 },
  ],
  machine: CopiedFromFaultOn,
};
