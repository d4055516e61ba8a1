// Mutant B46: a kernel write that runs out of memory leaves its lock taken.
import type { Transcript } from '../../spec/transcript.ts';
import { NO_MEMORY } from '../cow/faults.ts';
import { type Mutant, Remembering } from './mutant.ts';

class KeepsLock extends Remembering {
  /** `remembered[0]`: 1 while the lock is taken. */
  override kernelWrite(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    if (this.remembered[0] === 1) throw new Error('the lock of the pipe is never released');
    super.kernelWrite(by, page, at, length, value, into);
  }

  override cutShort(outcome: number, done: number, into: Transcript): void {
    if (outcome === NO_MEMORY) this.remembered[0] = 1;
    super.cutShort(outcome, done, into);
  }
}

export const mutant: Mutant = {
  name: 'kernel-write-keeps-lock',
  bug: 'B46',
  defect: 'the way out for want of memory leaves from the middle of the copy, past the line that unlocks.',
  history: 'a student solution that ends the process under the lock of a pipe',
  whyHard: 'the op that fails answers properly; it is the next user of the lock who hangs.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [
    { op: 'failalloc', nth: 1 },
    { op: 'kwrite', by: 'A', at: 'bss+0', length: 1, value: 0 },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: KeepsLock,
};
