// Mutant B25: the mark lies in the bit that makes a translation global.
import { COPY_ON_WRITE, type Transcript } from '../../spec/transcript.ts';
import { type Mutant, Remembering } from './mutant.ts';

class GlobalMark extends Remembering {
  /** `remembered`: the frame that the translation cache has for each page, in whatever space. */
  loading = false;

  override setEntry(entry: number, frame: number, bits: number): void {
    super.setEntry(entry, frame, bits);
    this.remembered[this.pageAt[entry] ?? 0] = -1;
  }

  override answer(by: number, page: number, offset: number, length: number, into: Transcript): void {
    this.loading = true;
    super.answer(by, page, offset, length, into);
    this.loading = false;
  }

  override frameAt(space: number, page: number): number {
    const found = this.loading ? (this.remembered[page] ?? -1) : -1;
    const frame = found < 0 ? super.frameAt(space, page) : found;
    const marked = ((this.bits[space * this.layout.pages + page] ?? 0) & COPY_ON_WRITE) !== 0;
    if (this.loading && marked) this.remembered[page] = frame;
    return frame;
  }
}

export const mutant: Mutant = {
  name: 'cow-mark-is-global-bit',
  bug: 'B25',
  defect:
    'the hardware keeps translations of marked pages when it switches spaces, so the next process reads through them.',
  history: 'AnsonHooL, xv6 labs of 2019',
  whyHard: 'the page tables are perfect; what is wrong lives in the translation cache until the next flush.',
  rule: 2,
  invariant: 'reply.bytes',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    { op: 'read', by: 'B', at: 'data+0', length: 1 },
    { op: 'read', by: 'A', at: 'data+0', length: 1 },
  ],
  machine: GlobalMark,
};
