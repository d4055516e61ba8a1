// Mutant B130c: a frame that only a device holds is taken for a new page.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class PinnedFrameHandedOut extends CowMachine {
  override breakPage(entry: number): boolean {
    const old = this.frame[entry]!;
    const unmapped = this.pinned.find(frame => frame >= 0 && this.mappersOf(frame).length === 0);
    if (unmapped === undefined || this.isSole(old)) return super.breakPage(entry);
    this.memory.take(unmapped);
    this.copyFrame(old, unmapped);
    this.setEntry(entry, unmapped, (this.bits[entry]! & ~COPY_ON_WRITE) | WRITABLE);
    this.releaseOld(old);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'pinned-frame-handed-out',
  bug: 'B130c',
  defect:
    'the break looks for a frame that no page table maps, and takes one that is pinned; it adds a reference, so every count is right.',
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
    'mmap',
    'munmap',
    'mprotect',
    'madvise',
    'pin',
    'unpin',
    'dma',
  ],
  minimal: [
    { op: 'pin', by: 'A', at: 'text+0', access: 'read', as: 'pin1' },
    { op: 'exec', by: 'A', image: 0, via: 'execve', argument: 0 },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: PinnedFrameHandedOut,
};
