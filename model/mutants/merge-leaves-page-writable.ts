// Mutant B144: two equal pages are merged and one stays writable.
import { CowMachine } from '../cow/machine.ts';
import { MERGE_OPS, type Mutant } from './mutant.ts';

class MergeLeavesPageWritable extends CowMachine {
  override protectMerged(): void {}
}

export const mutant: Mutant = {
  name: 'merge-leaves-page-writable',
  bug: 'B144',
  defect:
    'the page that gives up its frame becomes copy-on-write; the one whose frame is kept stays as it was.',
  history: 'the rule is that of madvise(2) MERGEABLE; the ksm tests of LTP',
  whyHard: 'the scanner must meet two equal pages between two stores.',
  rule: 29,
  invariant: 'frames.shared-is-read-only',
  ops: MERGE_OPS,
  minimal: [
    { op: 'kwrite', by: 'A', at: 'data+0', length: 16, value: 0 },
    { op: 'merge', by: 'A', at: 'data+0' },
  ],
  machine: MergeLeavesPageWritable,
};
