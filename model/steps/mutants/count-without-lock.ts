// Mutant B99: counts are read, changed and written back with nothing around it.
import { allocate, clear, copy, flushLocal, flushRemote, install, lock, takeOut, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines } from '../step.ts';
import {
  readDown,
  readUp,
  shareAndWrite,
  type StepMutant,
  TWO,
  writeDown,
  writeDownAndNext,
} from './mutant.ts';

class CountWithoutLock extends StepMachine {
  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, clear, flushLocal, flushRemote, install, readDown, writeDown],
      fork: [lock, readUp, shareAndWrite, flushLocal, flushRemote, unlock],
      exec: [lock, takeOut, flushLocal, readDown, writeDownAndNext, unlock],
      exit: [lock, takeOut, readDown, writeDownAndNext, unlock],
      discard: [lock, takeOut, flushLocal, flushRemote, readDown, writeDown, unlock],
    };
  }
}

export const mutant: StepMutant = {
  name: 'count-without-lock',
  bug: 'B99',
  defect: 'counts of sharers are changed by plain reads and writes: of two changes at once one is lost.',
  history: '6 of 19 solutions of the MIT lab in one course; cowtest got its forkforktest for it',
  whyHard:
    'the window is two instructions wide, and most of its victims are leaks, which nobody sees at once.',
  rule: 25,
  invariant: 'frames.count-is-exact',
  scope: TWO,
  ops: ['fork', 'exit'],
  steps: 15,
  switches: 2,
  machine: CountWithoutLock,
};
