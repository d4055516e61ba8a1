// Mutant B98: a fork that is refused leaves its half-built child in the table.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class LeavesChild extends CowMachine {
  half = -1;

  override unwind(_from: number, space: number, _page: number): number {
    this.half = space;
    return -1;
  }

  override fork(by: number, child: number, into: Transcript): void {
    super.fork(by, child, into);
    if (this.half < 0) return;
    this.begin(child, by);
    this.attach(child, this.half);
    this.half = -1;
  }
}

export const mutant: Mutant = {
  name: 'refused-fork-leaves-child',
  bug: 'B98',
  defect:
    'the child is entered in the process table before its memory is complete, and stays there when the copy fails.',
  history:
    'the Linux change of how dup_mmap() recovers; the ids CVE-2024-50220 and CVE-2024-50263 are of its kind',
  whyHard: 'the parent is told that the fork failed, and looks no further.',
  rule: 22,
  invariant: 'fork.refusal-changes-nothing',
  minimal: [
    { op: 'failalloc', nth: 2 },
    { op: 'fork', by: 'A', as: 'B' },
  ],
  machine: LeavesChild,
};
