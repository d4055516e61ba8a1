// Mutant B120: a kernel write holds the lock of the space while its store faults.
import { WRITABLE } from '../../../spec/interleaving.ts';
import { lock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

const touch: Step = {
  name: 'touch',
  perform(m, cpu) {
    const entry = m.entry[m.place(cpu)]!;
    m.jump(cpu, (entry & WRITABLE) === 0 ? 'fault' : 'kwriteTail');
  },
};

class KernelWriteFaultsUnderLock extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), kwrite: [lock, touch] };
  }
}

export const mutant: StepMutant = {
  name: 'kernel-write-faults-under-lock',
  bug: 'B120',
  defect: 'the kernel stores to user memory under the lock that the fault on it needs: it waits for itself.',
  history: 'SerenityOS #8797; tgoskits #909; xv6-public #20',
  whyHard: 'only a page that is shared or absent at this moment faults.',
  rule: 24,
  invariant: 'progress.lock-given-back',
  scope: { ...TWO, cpus: 1, threads: 1 },
  ops: ['fork', 'kwrite'],
  steps: 7,
  switches: 0,
  machine: KernelWriteFaultsUnderLock,
};
