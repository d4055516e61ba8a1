// Mutant B144b: pages are merged that were only equal where somebody looked.
import { CowMachine } from '../cow/machine.ts';
import { MERGE_OPS, type Mutant } from './mutant.ts';

class MergeComparesOneWord extends CowMachine {
  override sameBytes(a: number, b: number): boolean {
    const { words, wordsPerFrame: size } = this.memory;
    return words[(a + 1) * size - 1] === words[(b + 1) * size - 1];
  }
}

export const mutant: Mutant = {
  name: 'merge-compares-one-word',
  bug: 'B144b',
  defect: 'the check sums are equal and the bytes are not compared again under protection.',
  history: 'the rule is that of madvise(2) MERGEABLE; the ksm tests of LTP',
  whyHard: 'the pages are equal but for a few bytes.',
  rule: 35,
  invariant: 'backing.changes-nothing',
  ops: MERGE_OPS,
  minimal: [
    { op: 'kwrite', by: 'A', at: 'data+4', length: 12, value: 0 },
    { op: 'merge', by: 'A', at: 'data+0' },
  ],
  machine: MergeComparesOneWord,
};
