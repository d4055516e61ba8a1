// Mutant B59: munmap clears the entry and keeps the reference.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class UnmapForgetsReference extends CowMachine {
  override forgetPage(entry: number): void {
    const frame = this.frame[entry] ?? -1;
    const data = frame >= 0 && frame < this.memory.data;
    if (data) this.memory.take(frame);
    super.forgetPage(entry);
  }
}

export const mutant: Mutant = {
  name: 'unmap-forgets-reference',
  bug: 'B59',
  defect: 'the frame of an unmapped page is never given back.',
  history: 'MIT cowtest; the text of the xv6 labs',
  whyHard: 'the page is gone, as it should be; only the count remembers it.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [{ op: 'munmap', by: 'A', at: 'data+0', pages: 1 }],
  machine: UnmapForgetsReference,
};
