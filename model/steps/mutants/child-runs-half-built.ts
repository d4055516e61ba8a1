// Mutant B98: the child can be run as soon as it has a slot.
import { LIVE } from '../../../spec/interleaving.ts';
import { flushLocal, flushRemote, lock, share, unlock } from '../kernel.ts';
import { StepMachine } from '../machine.ts';
import type { Routines, Step } from '../step.ts';
import { type StepMutant, TWO } from './mutant.ts';

const announce: Step = {
  name: 'announce child',
  perform(m, cpu) {
    const { pages } = m.scope;
    const child = m.child[cpu]! - 1;
    const from = (m.running[cpu]! - 1) * pages;
    m.life[child] = LIVE;
    m.reference.copyWithin(child * pages, from, from + pages);
  },
};

class ChildRunsHalfBuilt extends StepMachine {
  override routines(): Routines {
    return { ...super.routines(), fork: [lock, announce, share, flushLocal, flushRemote, unlock] };
  }
}

export const mutant: StepMutant = {
  name: 'child-runs-half-built',
  bug: 'B98',
  defect:
    'the child is in the table of processes, ready to run, before it has its pages: the scheduler of another processor takes it.',
  history: 'Linux, "change dup_mmap() recovery"; CVE-2024-50220',
  whyHard: 'an idle processor must come by between two steps of fork.',
  rule: 8,
  invariant: 'contents.untouched-reads-zero',
  scope: TWO,
  ops: ['fork'],
  steps: 4,
  switches: 0,
  machine: ChildRunsHalfBuilt,
};
