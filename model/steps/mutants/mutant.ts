// What a mutant of the stepped machine is: its orders of steps with one named defect, and the card that explains it.
import { entryTo, frameOf, type InterleavedOp, type InterleavingScope } from '../../../spec/interleaving.ts';
import type { RuleId } from '../../../spec/rule.ts';
import { finish } from '../kernel.ts';
import type { StepMachine } from '../machine.ts';
import type { Step } from '../step.ts';

export interface StepMutant {
  /** The defect as a name, as in `mutant:installs-before-flush`; also the name of its file. */
  readonly name: string;
  /** Its row in the catalogue of historical bugs; a letter behind it tells apart the mutants of one row. */
  readonly bug: string;
  /** The defect in plain words. */
  readonly defect: string;
  /** Where it was seen. */
  readonly history: string;
  readonly whyHard: string;
  /** The rule that its shortest history breaks, and the law that says so. */
  readonly rule: RuleId;
  readonly invariant: string;
  /** A world that shows it, and the ops it takes. */
  readonly scope: InterleavingScope;
  readonly ops: readonly InterleavedOp[];
  /** The fewest steps that break a law there, and the fewest switches between processors among such histories. */
  readonly steps: number;
  readonly switches: number;
  readonly machine: new (scope: InterleavingScope, ops: readonly InterleavedOp[]) => StepMachine;
}

/** Two processors that run one space or two of them, one page. */
export const TWO: InterleavingScope = { cpus: 2, procs: 2, pages: 1, frames: 3, values: 2, threads: 2 };

/** The lock is given back and the op goes on without it. */
export const letGo: Step = {
  name: 'unlock',
  perform(m, cpu) {
    m.locked[m.running[cpu]! - 1] = 0;
  },
};

/** The op is over; nobody had a lock. */
export const leave: Step = { name: 'leave', perform: finish };

/** A count that is changed in two steps: down by one, read and then written … */
export const readDown: Step = {
  name: 'read count',
  perform(m, cpu) {
    m.seen[cpu] = m.count[m.old[cpu]! - 1]!;
  },
};

export const writeDown: Step = {
  name: 'write count',
  perform(m, cpu) {
    const frame = m.old[cpu]! - 1;
    m.old[cpu] = 0;
    m.count[frame] = m.seen[cpu]! - 1;
    m.seen[cpu] = 0;
    if (m.count[frame] === 0) m.release(frame);
  },
};

export const writeDownAndNext: Step = {
  name: 'write count',
  perform(m, cpu) {
    writeDown.perform(m, cpu, m.zero);
    m.again(cpu);
  },
};

/** … and up by one, for a page that fork shares. */
export const readUp: Step = {
  name: 'read count',
  first: true,
  perform(m, cpu) {
    const entry = m.entry[m.place(cpu)]!;
    m.old[cpu] = frameOf(entry) + 1;
    m.seen[cpu] = entry === 0 ? 0 : m.count[frameOf(entry)]!;
  },
};

export const shareAndWrite: Step = {
  name: 'share',
  perform(m, cpu) {
    const frame = m.old[cpu]! - 1;
    if (frame >= 0) {
      m.count[frame] = m.seen[cpu]! + 1;
      m.entry[m.place(cpu)] = entryTo(frame, 0);
      m.entry[m.childPlace(cpu)] = entryTo(frame, 0);
    }
    m.old[cpu] = 0;
    m.seen[cpu] = 0;
    m.again(cpu);
  },
};
