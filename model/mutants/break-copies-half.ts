// Mutant B09c: the break copies half the page.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class CopiesHalf extends CowMachine {
  override copyFrame(from: number, to: number): void {
    const { pageSize } = this.world;
    this.memory.bytes.copyWithin(to * pageSize, from * pageSize, from * pageSize + pageSize / 2);
    this.memory.noteWritten(to);
  }
}

export const mutant: Mutant = {
  name: 'break-copies-half',
  bug: 'B09c',
  defect:
    'the length of the copy is counted in the wrong unit, so the second half of the page is whatever the frame held.',
  history: 'rcore-os/rCore_tutorial #13 has a copy of the wrong extent',
  whyHard: 'most programs keep what they look at near the start of a page.',
  rule: 4,
  invariant: 'contents.write-is-exact',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: CopiesHalf,
};
