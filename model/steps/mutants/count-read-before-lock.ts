// Mutant B99b: release reads the count before it has the lock of the counts, and writes one less when it has it.
import { allocate, clear, copy, flushLocal, flushRemote, install, lock, takeOut, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import { readDown, type StepMutant, TWO, writeDown, writeDownAndNext } from './mutant.ts';

class CountReadBeforeLock extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, clear, flushLocal, flushRemote, install, readDown, writeDown],
      exec: [lock, takeOut, flushLocal, readDown, writeDownAndNext, unlock],
      exit: [lock, takeOut, readDown, writeDownAndNext, unlock],
      discard: [lock, takeOut, flushLocal, flushRemote, readDown, writeDown, unlock],
    };
  }
}

export const mutant: StepMutant = {
  name: 'count-read-before-lock',
  bug: 'B99b',
  defect:
    'who gives a frame up reads its count first and takes the lock to write one less: both sharers read two and write one.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard:
    'there is a lock around the write, so it looks right; what is lost is a frame, found only when all is at rest.',
  rule: 25,
  invariant: 'frames.count-is-exact',
  scope: TWO,
  ops: ['fork', 'exit'],
  steps: 14,
  switches: 2,
  machine: CountReadBeforeLock,
};
