// Mutant B38b: the kernel reads through a translation that the break has made stale.
import type { Transcript } from '../../spec/transcript.ts';
import { type Mutant, Remembering } from './mutant.ts';

class StaleKernelRead extends Remembering {
  /** `remembered`: the frame at which the kernel last found each entry. */
  reading = false;

  override kernelRead(by: number, page: number, offset: number, length: number, into: Transcript): void {
    this.reading = true;
    super.kernelRead(by, page, offset, length, into);
    this.reading = false;
  }

  override frameAt(space: number, page: number): number {
    const frame = super.frameAt(space, page);
    const entry = space * this.layout.pages + page;
    if (!this.reading) return frame;
    if ((this.remembered[entry] ?? -1) < 0) this.remembered[entry] = frame;
    return this.remembered[entry] ?? frame;
  }

  override setEntry(entry: number, frame: number, bits: number): void {
    super.setEntry(entry, frame, bits);
    if (frame < 0) this.remembered[entry] = -1;
  }
}

export const mutant: Mutant = {
  name: 'kernel-read-uses-stale-frame',
  bug: 'B38b',
  defect:
    'the kernel remembers where it found a user page, and a break does not tell it that the page has moved.',
  history: 'ish-app/ish #2706: the reading half of an address looked up too early',
  whyHard: 'it takes a kernel read before the break and one after; the process itself reads what it wrote.',
  rule: 14,
  invariant: 'reply.bytes',
  minimal: [
    { op: 'kread', by: 'A', at: 'bss+0', length: 1 },
    { op: 'write', by: 'A', at: 'bss+0', length: 1, value: 1 },
    { op: 'kread', by: 'A', at: 'bss+0', length: 1 },
  ],
  machine: StaleKernelRead,
};
