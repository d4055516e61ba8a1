// Mutant B106c: release asks whether it is the last, and then drops.
import { allocate, clear, copy, flushLocal, flushRemote, install, lock, takeOut, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

const ask: Step = {
  name: 'read count',
  perform(m, cpu) {
    m.seen[cpu] = m.count[m.old[cpu]! - 1]!;
  },
};

const dropAsAsked: Step = {
  name: 'drop',
  perform(m, cpu) {
    const frame = m.old[cpu]! - 1;
    m.count[frame]!--;
    if (m.seen[cpu] === 1) m.release(frame);
    m.old[cpu] = 0;
    m.seen[cpu] = 0;
  },
};

const dropAsAskedAndNext: Step = {
  name: 'drop',
  perform(m, cpu, frame) {
    dropAsAsked.perform(m, cpu, frame);
    m.again(cpu);
  },
};

class AsksAndDropsApart extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, clear, flushLocal, flushRemote, install, ask, dropAsAsked],
      exec: [lock, takeOut, flushLocal, ask, dropAsAskedAndNext, unlock],
      exit: [lock, takeOut, ask, dropAsAskedAndNext, unlock],
      discard: [lock, takeOut, flushLocal, flushRemote, ask, dropAsAsked, unlock],
    };
  }
}

export const mutant: StepMutant = {
  name: 'asks-and-drops-apart',
  bug: 'B106c',
  defect:
    'release asks in one critical section whether it is the last, and drops in the next: two that leave at once both find another, and nobody frees.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard: 'both sections are locked, and the count ends at zero as it should.',
  rule: 25,
  invariant: 'frames.count-is-exact',
  scope: TWO,
  ops: ['fork', 'exit'],
  steps: 14,
  switches: 2,
  machine: AsksAndDropsApart,
};
