// Mutant B106: the frame was looked up before the lock, its count is read after: one, but it is another's.
import { frameOf, TO_READ, WRITABLE } from '../../../spec/interleaving.ts';
import { lock, lookUp, readCount } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

const lookUpEarly: Step = {
  name: 'look up',
  perform(m, cpu) {
    const entry = m.entry[m.place(cpu)]!;
    if (m.op[cpu] !== TO_READ && entry !== 0 && (entry & WRITABLE) === 0) m.old[cpu] = frameOf(entry) + 1;
  },
};

const lockAndReadCount: Step = {
  ...lock,
  name: 'lock and read count',
  perform(m, cpu, frame) {
    lock.perform(m, cpu, frame);
    (m.old[cpu] === 0 ? lookUp : readCount).perform(m, cpu, frame);
  },
};

class SampleOutlivesLock extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), fault: [lookUpEarly, lockAndReadCount] };
  }
}

export const mutant: StepMutant = {
  name: 'sample-outlives-lock',
  bug: 'B106',
  defect:
    '"still shared?" is asked of a frame that was looked up before the lock: another thread has broken the page meanwhile, the count is one, and the store goes into the sibling’s frame.',
  history: 'CVE-2026-64600 (RefluXFS), present since 2017; LTP refluxfs',
  whyHard:
    'the count that is read is right, and so is the rule applied to it; the frame is no longer the page’s.',
  rule: 29,
  invariant: 'translations.shared-is-read-only',
  scope: TWO,
  ops: ['fork'],
  steps: 18,
  switches: 2,
  machine: SampleOutlivesLock,
};
