// Mutant B12: any page that may not be written is taken for a copy-on-write page.
import { CowMachine } from '../cow/machine.ts';
import { DONE, NO_MEMORY, NOT_ALLOWED } from '../cow/faults.ts';
import type { Mutant } from './mutant.ts';

class EveryStoreBreaks extends CowMachine {
  override makeWritable(space: number, page: number): number {
    const outcome = super.makeWritable(space, page);
    const entry = space * this.layout.pages + page;
    if (outcome !== NOT_ALLOWED || this.frameAt(space, page) < 0) return outcome;
    return this.breakPage(entry) ? DONE : NO_MEMORY;
  }
}

export const mutant: Mutant = {
  name: 'every-refused-store-breaks',
  bug: 'B12',
  defect: 'there is no mark: the fault handler breaks whatever the store faulted on.',
  history: 'Aaron-QL/xv6-labs-2021; a student solution',
  whyHard: 'it needs a read-only page to store to, and a test that expects to be killed.',
  rule: 12,
  invariant: 'reply.write',
  minimal: [{ op: 'write', by: 'A', at: 'text+0', length: 1, value: 0 }],
  machine: EveryStoreBreaks,
};
