// Mutant B52b: a private mapping of the file is a shared one in the child.
import { PRIVATE_FILE, SHARED_FILE } from '../../spec/law.ts';
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class PrivateFileTurnsShared extends CowMachine {
  override sharePage(entry: number, space: number, page: number): void {
    super.sharePage(entry, space, page);
    if (this.kind[entry] === PRIVATE_FILE) this.kind[space * this.layout.pages + page] = SHARED_FILE;
  }

  override breakPage(entry: number): boolean {
    if (this.kind[entry] !== SHARED_FILE) return super.breakPage(entry);
    this.setEntry(entry, this.frame[entry] ?? -1, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'private-file-turns-shared',
  bug: 'B52b',
  defect:
    'fork copies that a region has a file behind it and forgets that it was private, so the child stores in place.',
  history: 'the reverse of SerenityOS #24638 and asterinas #504, where shared regions became private',
  whyHard: 'the page must be present at the fork, and only the child behaves differently.',
  rule: 7,
  invariant: 'mapping.private-leaves-file',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'private-file', access: 'rw' },
    { op: 'read', by: 'A', at: 'map+0', length: 1 },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'B', at: 'map+0', length: 1, value: 0 },
  ],
  machine: PrivateFileTurnsShared,
};
