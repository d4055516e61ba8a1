// Mutant B78c: pages that the image leaves empty keep what was there.
import { PRIVATE } from '../../spec/law.ts';
import { COPY_ON_WRITE, PRESENT, type Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ExecKeepsBss extends CowMachine {
  old = -1;

  override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
    this.old = this.spaceOf[by] ?? -1;
    super.exec(by, image, via, argument, into);
    this.old = -1;
  }

  override load(image: number): number {
    const space = super.load(image);
    if (space < 0 || this.old < 0) return space;
    for (let page = 0; page < this.layout.pages; page++) {
      const [entry, before] = [space * this.layout.pages + page, this.old * this.layout.pages + page];
      const empty = this.kind[entry] === PRIVATE && this.layout.segmentOf[page] === 'bss';
      if (!empty || ((this.bits[before] ?? 0) & PRESENT) === 0) continue;
      this.memory.take(this.frame[before] ?? -1);
      this.setEntry(entry, this.frame[before] ?? -1, PRESENT | COPY_ON_WRITE);
      this.setEntry(before, this.frame[before] ?? -1, PRESENT | COPY_ON_WRITE);
    }
    return space;
  }
}

export const mutant: Mutant = {
  name: 'exec-keeps-bss',
  bug: 'B78c',
  defect:
    'exec overwrites what the file brings and leaves the pages it does not mention, so zero is not zero.',
  history: 'SerenityOS #61; the bsstest of xv6 usertests',
  whyHard: 'the page must have been written before the exec, and most programs start from a fresh shell.',
  rule: 8,
  invariant: 'contents.fresh-pages-zero',
  minimal: [
    { op: 'write', by: 'A', at: 'bss+0', length: 1, value: 1 },
    { op: 'exec', by: 'A', image: 0, via: 'execve', argument: 0 },
  ],
  machine: ExecKeepsBss,
};
