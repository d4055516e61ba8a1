// Mutant B27: a store outside the address space stops the kernel.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class BadStorePanics extends CowMachine {
  override makeWritable(space: number, page: number): number {
    if (page >= this.layout.pages) throw new Error('walk: no page-table entry');
    return super.makeWritable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'bad-store-panics',
  bug: 'B27',
  defect: 'the fault handler asserts that there is a page-table entry for an address the user chose.',
  history: 'QinRuixin/xv6-labs-2023; student solutions',
  whyHard: 'correct programs never make such a store.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [{ op: 'write', by: 'A', at: 'null', length: 1, value: 0 }],
  machine: BadStorePanics,
};
