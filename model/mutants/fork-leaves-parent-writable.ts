// Mutant B01: fork write-protects only the entry of the child.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ParentStaysWritable extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    const frame = this.frame[entry] ?? -1;
    const bits = this.bits[entry] ?? 0;
    this.memory.take(frame);
    const shared = (bits & WRITABLE) !== 0 ? (bits & ~WRITABLE) | COPY_ON_WRITE : bits;
    this.setEntry(space * this.layout.pages + page, frame, shared);
  }
}

export const mutant: Mutant = {
  name: 'fork-leaves-parent-writable',
  bug: 'B01',
  defect: 'fork write-protects only the entry of the child; the parent goes on writing the shared frame.',
  history: 'a student solution of the MIT copy-on-write lab',
  whyHard: 'a program that writes only in the child, as most tests do, sees nothing.',
  rule: 29,
  invariant: 'frames.shared-is-read-only',
  minimal: [{ op: 'fork', by: 'A', as: 'B' }],
  machine: ParentStaysWritable,
};
