// Mutant B106b: the count goes down at once, whether it is zero is asked afterwards.
import { allocate, clear, copy, flushLocal, flushRemote, install, lock, takeOut, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

const countDown: Step = {
  name: 'count down',
  perform(m, cpu) {
    m.count[m.old[cpu]! - 1]!--;
  },
};

const freeIfZero: Step = {
  name: 'free if zero',
  perform(m, cpu) {
    const frame = m.old[cpu]! - 1;
    m.old[cpu] = 0;
    if (m.count[frame] === 0) m.release(frame);
  },
};

const freeIfZeroAndNext: Step = {
  name: 'free if zero',
  perform(m, cpu) {
    freeIfZero.perform(m, cpu, m.zero);
    m.again(cpu);
  },
};

class LastDecidedOutsideLock extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, clear, flushLocal, flushRemote, install, countDown, freeIfZero],
      exec: [lock, takeOut, flushLocal, countDown, freeIfZeroAndNext, unlock],
      exit: [lock, takeOut, countDown, freeIfZeroAndNext, unlock],
      discard: [lock, takeOut, flushLocal, flushRemote, countDown, freeIfZero, unlock],
    };
  }
}

export const mutant: StepMutant = {
  name: 'last-decided-outside-lock',
  bug: 'B106b',
  defect:
    'the count goes down under the lock, or by an atomic instruction, but whether it is zero is asked later: two that leave at once both find zero, and the frame is freed twice.',
  history: 'student solutions of the MIT copy-on-write lab; calf has it twice, as atomic-drop-asks-later too',
  whyHard: 'every count is right at every moment; only the decision is made twice.',
  rule: 25,
  invariant: 'frames.freed-once',
  scope: TWO,
  ops: ['fork', 'exit'],
  steps: 14,
  switches: 2,
  machine: LastDecidedOutsideLock,
};
