// Mutant B112, Dirty COW: after the break the kernel looks the page up again, and no longer as for a store.
import { entryTo } from '../../../spec/interleaving.ts';
import { kernelStore, lock, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { letGo, type StepMutant, TWO } from './mutant.ts';

/** As for a load: what is absent is the zero frame, what is read-only will do. */
const lookUpToRead: Step = {
  name: 'look up',
  perform(m, cpu) {
    const place = m.place(cpu);
    if (m.entry[place] !== 0) return;
    m.count[m.zero]!++;
    m.entry[place] = entryTo(m.zero, 0);
  },
};

class KernelWriteForgetsItsPurpose extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), kwriteTail: [letGo, lock, lookUpToRead, kernelStore, unlock] };
  }
}

export const mutant: StepMutant = {
  name: 'kernel-write-forgets-its-purpose',
  bug: 'B112',
  defect:
    'a kernel write breaks the page, retries, and retries as a read since the break is done; a discard in between has removed the private copy, and the store hits the original.',
  history: 'Dirty COW, CVE-2016-5195; first mended in 2005, and again',
  whyHard: 'the retry is right unless the copy vanishes between the two halves.',
  rule: 8,
  invariant: 'contents.zero-frame-unchanged',
  scope: TWO,
  ops: ['discard', 'kwrite'],
  steps: 13,
  switches: 2,
  machine: KernelWriteForgetsItsPurpose,
};
