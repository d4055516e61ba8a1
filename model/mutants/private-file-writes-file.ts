// Mutant B70: a store to a private mapping of a file goes to the file.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class PrivateFileWritesFile extends CowMachine {
  override breakPage(entry: number): boolean {
    const frame = this.frame[entry] ?? -1;
    if (frame < this.memory.file) return super.breakPage(entry);
    this.setEntry(entry, frame, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'private-file-writes-file',
  bug: 'B70',
  defect:
    'the break is skipped for pages of the page cache, so a private write changes the file for everybody.',
  history: 'the basic cases of the Linux selftest cow.c on memfd and tmpfile; LTP hugemmap29',
  whyHard: 'anonymous memory is right in every way.',
  rule: 8,
  invariant: 'mapping.cache-stays-clean',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'private-file', access: 'rw' },
    { op: 'write', by: 'A', at: 'map+0', length: 1, value: 0 },
  ],
  machine: PrivateFileWritesFile,
};
