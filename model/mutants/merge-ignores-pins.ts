// Mutant B146: a pinned page is merged.
import { PRIVATE } from '../../spec/law.ts';
import { LAZY } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { MERGE_OPS, type Mutant } from './mutant.ts';

class MergeIgnoresPins extends CowMachine {
  override isMergeable(entries: readonly number[]): boolean {
    return entries.every(entry => this.kind[entry] === PRIVATE && (this.bits[entry]! & LAZY) === 0);
  }
}

export const mutant: Mutant = {
  name: 'merge-ignores-pins',
  bug: 'B146',
  defect: 'a page under a pin is exchanged for an equal one: device and process have parted.',
  history: 'a tree of Andrea Arcangeli, 143fc197',
  whyHard: 'equal pages, a pin on one, and a store after the scanner came by.',
  rule: 30,
  invariant: 'pins.owner-keeps-frame',
  ops: [...MERGE_OPS, 'dma'],
  minimal: [
    { op: 'pin', by: 'A', at: 'data+0', access: 'read', as: 'pin1' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'merge', by: 'A', at: 'data+0' },
  ],
  machine: MergeIgnoresPins,
};
