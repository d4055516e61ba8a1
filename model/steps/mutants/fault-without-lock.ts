// Mutant B105b: the fault handler takes no lock.
import { lookUp, readCount } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { leave, type StepMutant, TWO } from './mutant.ts';

class FaultWithoutLock extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), fault: [lookUp, readCount], userTail: [leave] };
  }
}

export const mutant: StepMutant = {
  name: 'fault-without-lock',
  bug: 'B105b',
  defect:
    'faults run beside fork and beside each other: what was looked up has changed by the time it is used.',
  history: 'moss-kernel #108; kernels that were written for one processor',
  whyHard: 'processes with one thread never show it: their space has one user.',
  rule: 2,
  invariant: 'contents.entry-reads-reference',
  scope: TWO,
  ops: ['fork'],
  steps: 15,
  switches: 1,
  machine: FaultWithoutLock,
};
