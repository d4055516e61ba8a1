// Mutant B105: whether to break is decided before the lock is taken, and not again after.
import { frameOf, TO_READ, WRITABLE } from '../../../spec/interleaving.ts';
import { lock, lookUp } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

/** Where a store goes on, decided on what is there now and kept as a place in this list; 0: on what is there then. */
const WAYS = ['fault', 'touch', 'reuse', 'break'] as const;

const decide: Step = {
  name: 'look up and read count',
  perform(m, cpu) {
    const entry = m.entry[m.place(cpu)]!;
    if (m.op[cpu] === TO_READ || (entry & WRITABLE) !== 0) return;
    m.old[cpu] = frameOf(entry) + 1;
    m.seen[cpu] = entry === 0 ? 1 : m.count[frameOf(entry)] === 1 ? 2 : 3;
  },
};

const lockAndGoOn: Step = {
  ...lock,
  perform(m, cpu, frame) {
    lock.perform(m, cpu, frame);
    if (m.seen[cpu] === 0) lookUp.perform(m, cpu, frame);
    else m.jump(cpu, WAYS[m.seen[cpu]!] ?? 'fault');
  },
};

class DoubleBreak extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), fault: [decide, lockAndGoOn] };
  }
}

export const mutant: StepMutant = {
  name: 'double-break',
  bug: 'B105',
  defect:
    'the fault looks at the entry before it has the lock and not again: the second thread breaks what the first has broken.',
  history: 'moss-kernel #108; nanos #1538; ish #2706',
  whyHard: 'two threads have to store to one page within one fault’s time.',
  rule: 25,
  invariant: 'frames.count-is-exact',
  scope: TWO,
  ops: ['fork', 'discard'],
  steps: 15,
  switches: 2,
  machine: DoubleBreak,
};
