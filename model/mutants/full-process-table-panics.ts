// Mutant B82: a process too many stops the system.
import { NONE } from '../../spec/law.ts';
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

/** Slots of the table. */
const SLOTS = 3;

class FullTablePanics extends CowMachine {
  override fork(by: number, child: number, into: Transcript): void {
    if (this.state[child] === NONE && this.processes >= SLOTS)
      throw new Error('no free slot in the process table');
    super.fork(by, child, into);
  }
}

export const mutant: Mutant = {
  name: 'full-process-table-panics',
  bug: 'B82',
  defect: 'fork asserts that a slot of the process table is free.',
  history: 'asterinas 089604464; the forktest of xv6 usertests',
  whyHard: 'a test must fork to the limit and one beyond.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
    { op: 'fork', by: 'A', as: 'D' },
  ],
  machine: FullTablePanics,
};
