// Mutant B68c: mapping the zero page is not counted, unmapping it is.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ZeroNotCounted extends CowMachine {
  override touch(entry: number): void {
    super.touch(entry);
    const { memory } = this;
    if (this.frame[entry] === memory.zero) memory.setCount(memory.zero, (memory.count[memory.zero] ?? 0) - 1);
  }
}

export const mutant: Mutant = {
  name: 'zero-page-not-counted',
  bug: 'B68c',
  defect:
    'the page of zeros is mapped without a reference and dropped like any other, until it is freed under everybody.',
  history: 'LTP thp04, for the huge zero page',
  whyHard: 'it takes as many discarded pages as there are references to start from.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [{ op: 'read', by: 'A', at: 'bss+0', length: 1 }],
  machine: ZeroNotCounted,
};
