// Mutant B151: one byte stored to a huge page copies all of it.
import { HUGE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { HUGE_OPS, type Mutant } from './mutant.ts';

class BreakCopiesHugeUnit extends CowMachine {
  override breakPage(entry: number): boolean {
    const huge = (this.bits[entry]! & HUGE) !== 0;
    const parts = huge ? this.hugeParts(entry) : [entry];
    return parts.every(part => super.breakPage(part));
  }
}

export const mutant: Mutant = {
  name: 'break-copies-huge-unit',
  bug: 'B151',
  defect:
    'a break of a huge page copies every part instead of splitting it and copying the one that was stored to.',
  history: 'gVisor #608, #1057, #8879; the notes on BGSAVE of Redis',
  whyHard: 'all bytes are right: it is only slow and eats memory.',
  rule: 27,
  invariant: 'economy.write-copies-one',
  unseen: 'a page copied too early reads the same, and eager copying would hold its frame anyway.',
  ops: HUGE_OPS,
  minimal: [
    { op: 'collapse', by: 'A', at: 'data+0' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: BreakCopiesHugeUnit,
};
