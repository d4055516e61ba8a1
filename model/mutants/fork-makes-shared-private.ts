// Mutant B52: fork makes the pages of a shared anonymous mapping copy-on-write like all others.
import { SHARED } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class SharedMadePrivate extends CowMachine {
  override shareMapping(entry: number, space: number, page: number): void {
    if (this.kind[entry] === SHARED) this.sharePage(entry, space, page);
    else super.shareMapping(entry, space, page);
  }
}

export const mutant: Mutant = {
  name: 'fork-makes-shared-private',
  bug: 'B52',
  defect: 'after the fork the first writer of a shared mapping breaks it and writes alone.',
  history: 'SerenityOS #24638; asterinas #504; elfuse #16',
  whyHard: 'both sides read the same until one of them writes.',
  rule: 5,
  invariant: 'mapping.shared-reaches-all',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'shared', access: 'rw' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'map+0', length: 1, value: 1 },
  ],
  machine: SharedMadePrivate,
};
