// Mutant B41: a kernel write breaks the page whether anybody shares it or not.
import { PRIVATE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import { DONE, NO_MEMORY } from '../cow/faults.ts';
import type { Mutant } from './mutant.ts';

class KernelAlwaysCopies extends CowMachine {
  override makeKernelWritable(space: number, page: number): number {
    const outcome = super.makeKernelWritable(space, page);
    const entry = space * this.layout.pages + page;
    if (outcome !== DONE || this.kind[entry] !== PRIVATE) return outcome;
    const own = this.memory.allocate(BREAK_COPY);
    if (own < 0) return NO_MEMORY;
    const old = this.frame[entry] ?? -1;
    this.copyFrame(old, own);
    this.setEntry(entry, own, this.bits[entry] ?? 0);
    this.releaseOld(old);
    return DONE;
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-always-copies',
  bug: 'B41',
  defect: 'copyout copies first and asks never: a frame and a copy for every page it touches.',
  history: 'a student solution',
  whyHard: 'the bytes are right; only the frames tell.',
  rule: 27,
  invariant: 'economy.write-copies-one',
  minimal: [{ op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 }],
  machine: KernelAlwaysCopies,
};
