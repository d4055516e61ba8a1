// Mutant B71b: the first store to a private page of the file starts from zeros.
import { PRIVATE_FILE } from '../../spec/law.ts';
import { WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class FirstStoreForgets extends CowMachine {
  override bring(entry: number): boolean {
    if (this.kind[entry] !== PRIVATE_FILE) return super.bring(entry);
    const frame = this.memory.allocateZeroed(BREAK_COPY);
    if (frame < 0) return false;
    this.setEntry(entry, frame, this.bitsFor(entry, WRITABLE));
    return true;
  }
}

export const mutant: Mutant = {
  name: 'first-store-forgets-file',
  bug: 'B71b',
  defect:
    'a page of a private mapping that is stored to before it is read gets a zeroed frame, not a copy of the file.',
  history: 'managarm #1616 loses not-yet-faulted pages of the kind; SerenityOS #15952',
  whyHard: 'read once first, the page goes through the break and is copied properly.',
  rule: 4,
  invariant: 'contents.write-is-exact',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'private-file', access: 'rw' },
    { op: 'write', by: 'A', at: 'map+0', length: 1, value: 0 },
  ],
  machine: FirstStoreForgets,
};
