// Mutant B71: fork does not pass on the written pages of a private file mapping.
import { PRIVATE_FILE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class PrivateFilePageLost extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    const dirty = this.kind[entry] === PRIVATE_FILE && (this.frame[entry] ?? -1) < this.memory.data;
    if (!dirty) super.sharePage(entry, space, page);
  }
}

export const mutant: Mutant = {
  name: 'fork-loses-private-file-page',
  bug: 'B71',
  defect: 'the child falls back to the content of the file and loses what its parent had written.',
  history: 'SerenityOS #15952; managarm #1616',
  whyHard: 'it takes a private mapping of a file that is written before the fork.',
  rule: 1,
  invariant: 'fork.copies-every-page',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'private-file', access: 'rw' },
    { op: 'write', by: 'A', at: 'map+0', length: 1, value: 0 },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: PrivateFilePageLost,
};
