// Mutant B53: fork write-protects a shared mapping and nothing ever lifts that.
import { WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class SharedMappingProtected extends CowMachine {
  override shareMapping(entry: number, space: number, page: number): void {
    const frame = this.frame[entry] ?? -1;
    this.setEntry(entry, frame, (this.bits[entry] ?? 0) & ~WRITABLE);
    super.shareMapping(entry, space, page);
  }
}

export const mutant: Mutant = {
  name: 'fork-write-protects-shared-mapping',
  bug: 'B53',
  defect:
    'the pages of a shared mapping become plain read-only, and the fault handler knows only copy-on-write pages.',
  history: 'asterinas #959',
  whyHard: 'reads go on as before; the first store after the fork kills its process.',
  rule: 11,
  invariant: 'permission.writable-stays-writable',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'shared', access: 'rw' },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: SharedMappingProtected,
};
