// Mutant B102: fork counts up under one lock, release counts down under another.
import type { InterleavedOp, InterleavingScope } from '../../../spec/interleaving.ts';
import { allocate, clear, copy, flushLocal, flushRemote, install, lock, takeOut, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import {
  readDown,
  readUp,
  shareAndWrite,
  type StepMutant,
  TWO,
  writeDown,
  writeDownAndNext,
} from './mutant.ts';

/** The two locks, as spare bytes. */
const UP = 0;
const DOWN = 1;

/** `step` as the first under a lock, and as the last. */
const first = (lockAt: number, step: Step): Step => ({
  ...step,
  name: `lock and ${step.name}`,
  ready: m => m.spare[lockAt] === 0,
  perform(m, cpu, frame) {
    m.spare[lockAt] = 1;
    step.perform(m, cpu, frame);
  },
});
const last = (lockAt: number, step: Step): Step => ({
  ...step,
  name: `${step.name} and unlock`,
  perform(m, cpu, frame) {
    m.spare[lockAt] = 0;
    step.perform(m, cpu, frame);
  },
});
const reads = first(DOWN, readDown);
const writes = last(DOWN, writeDown);
const writesOn = last(DOWN, writeDownAndNext);

class ForkAndDropLockApart extends StepMachine {
  constructor(scope: InterleavingScope, ops: readonly InterleavedOp[]) {
    super(scope, ops, 2);
  }

  override routines(): Routines {
    return {
      ...super.routines(),
      break: [allocate, copy, clear, flushLocal, flushRemote, install, reads, writes],
      fork: [lock, first(UP, readUp), last(UP, shareAndWrite), flushLocal, flushRemote, unlock],
      exec: [lock, takeOut, flushLocal, reads, writesOn, unlock],
      exit: [lock, takeOut, reads, writesOn, unlock],
      discard: [lock, takeOut, flushLocal, flushRemote, reads, writes, unlock],
    };
  }
}

export const mutant: StepMutant = {
  name: 'fork-and-drop-lock-apart',
  bug: 'B102',
  defect: 'fork changes a count under one lock and release under another: neither keeps the other out.',
  history: 'the README of a student solution: "lost some free pages", on two harts only',
  whyHard: 'every access is under a lock; it takes somebody who compares which.',
  rule: 25,
  invariant: 'frames.count-is-exact',
  scope: { ...TWO, procs: 3, frames: 4 },
  ops: ['fork', 'exit'],
  steps: 17,
  switches: 2,
  machine: ForkAndDropLockApart,
};
