// Mutant B50: a break made by the kernel does not flush the translation of the process.
import type { Transcript } from '../../spec/transcript.ts';
import { type Mutant, Remembering } from './mutant.ts';

class KeepsTranslation extends Remembering {
  /** `remembered`: the frame that the processor reads for each entry. */
  reading = false;
  byKernel = false;

  override read(by: number, page: number, offset: number, length: number, into: Transcript): void {
    this.reading = true;
    super.read(by, page, offset, length, into);
    this.reading = false;
  }

  override frameAt(space: number, page: number): number {
    const frame = super.frameAt(space, page);
    const entry = space * this.layout.pages + page;
    if (!this.reading) return frame;
    if ((this.remembered[entry] ?? -1) < 0) this.remembered[entry] = frame;
    return this.remembered[entry] ?? frame;
  }

  override makeKernelWritable(space: number, page: number): number {
    this.byKernel = true;
    const outcome = super.makeKernelWritable(space, page);
    this.byKernel = false;
    return outcome;
  }

  override setEntry(entry: number, frame: number, bits: number): void {
    super.setEntry(entry, frame, bits);
    if (!this.byKernel) this.remembered[entry] = -1;
  }
}

export const mutant: Mutant = {
  name: 'kernel-break-keeps-translation',
  bug: 'B50',
  defect: 'the kernel gives the page a new frame and writes there; the process goes on reading the old one.',
  history: 'varnish/tinykvm #79',
  whyHard:
    'the process must have read the page before the kernel writes it, and the tables are right all along.',
  rule: 13,
  invariant: 'reply.bytes',
  minimal: [
    { op: 'read', by: 'A', at: 'bss+0', length: 1 },
    { op: 'kwrite', by: 'A', at: 'bss+0', length: 1, value: 1 },
    { op: 'read', by: 'A', at: 'bss+0', length: 1 },
  ],
  machine: KeepsTranslation,
};
