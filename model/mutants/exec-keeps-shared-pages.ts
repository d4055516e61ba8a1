// Mutant B78: the new image takes over the shared pages of the old one.
import { COPY_ON_WRITE, PRESENT, type Transcript } from '../../spec/transcript.ts';
import { WRITE } from '../../spec/world.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ExecKeepsShared extends CowMachine {
  old = -1;

  override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
    this.old = this.spaceOf[by] ?? -1;
    super.exec(by, image, via, argument, into);
    this.old = -1;
  }

  override loadPage(entry: number, image: number, page: number): boolean {
    const before = this.old * this.layout.pages + page;
    const shared = this.old >= 0 && ((this.bits[before] ?? 0) & COPY_ON_WRITE) !== 0;
    if (!shared || ((this.access[entry] ?? 0) & WRITE) === 0) return super.loadPage(entry, image, page);
    this.memory.take(this.frame[before] ?? -1);
    this.setEntry(entry, this.frame[before] ?? -1, PRESENT | COPY_ON_WRITE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'exec-keeps-shared-pages',
  bug: 'B78',
  defect: 'pages that are still copy-on-write survive the exec and stand where the new image should.',
  history: 'SerenityOS #61, where exec kept what fork had to clear',
  whyHard: 'with the same image and no store in between the bytes are even right.',
  rule: 16,
  invariant: 'exec.replaces-image',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exec', by: 'A', image: 1, via: 'execve', argument: 0 },
  ],
  machine: ExecKeepsShared,
};
