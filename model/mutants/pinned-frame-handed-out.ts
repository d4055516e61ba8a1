// Mutant B130c: a frame that only a device holds is taken for a new page.
import { PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class PinnedFrameHandedOut extends CowMachine {
  override bring(entry: number): boolean {
    const { memory } = this;
    const unmapped = this.pinned.find(frame => frame >= 0 && this.mappersOf(frame).length === 0);
    if (unmapped === undefined) return super.bring(entry);
    memory.take(unmapped);
    memory.words.fill(0, unmapped * memory.wordsPerFrame, (unmapped + 1) * memory.wordsPerFrame);
    memory.noteWritten(unmapped);
    this.setEntry(entry, unmapped, PRESENT | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'pinned-frame-handed-out',
  bug: 'B130c',
  defect:
    'a page that is touched first gets a frame that no page table maps, pinned or not; a reference is added, so every count is right.',
  history:
    'mapping counts asked where reference counts should be, as in the reuse bugs around CVE-2020-29374',
  whyHard: 'no count is wrong: only the device sees bytes it should not.',
  rule: 31,
  invariant: 'pins.sees-no-other',
  ops: [
    'fork',
    'exit',
    'exec',
    'read',
    'write',
    'kwrite',
    'munmap',
    'mprotect',
    'madvise',
    'pin',
    'unpin',
    'dma',
  ],
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' },
    { op: 'munmap', by: 'A', at: 'data+0', pages: 1 },
    { op: 'write', by: 'A', at: 'bss+0', length: 1, value: 0 },
  ],
  machine: PinnedFrameHandedOut,
};
