// Mutant B51: the kernel looks an address up, lets the lock go, and stores into the frame it has found.
import { frameOf } from '../../../spec/interleaving.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { leave, letGo, type StepMutant, TWO } from './mutant.ts';

const translate: Step = {
  name: 'translate',
  perform(m, cpu) {
    m.old[cpu] = frameOf(m.entry[m.place(cpu)]!) + 1;
  },
};

const storeThere: Step = {
  name: 'kernel store',
  perform(m, cpu) {
    m.content[m.old[cpu]! - 1] = m.value[cpu]!;
    m.reference[m.place(cpu)] = m.value[cpu]!;
  },
};

class KernelWriteCrossesFork extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), kwriteTail: [translate, letGo, storeThere, leave] };
  }
}

export const mutant: StepMutant = {
  name: 'kernel-write-crosses-fork',
  bug: 'B51',
  defect: 'the page is shared by a fork between the look-up and the store: the bytes land in the child too.',
  history: 'the review of caffeinix #63; NON-OS #68',
  whyHard: 'the page was the process’s own when the kernel looked.',
  rule: 2,
  invariant: 'contents.entry-reads-reference',
  scope: TWO,
  ops: ['fork', 'kwrite'],
  steps: 11,
  switches: 2,
  machine: KernelWriteCrossesFork,
};
