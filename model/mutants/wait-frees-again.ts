// Mutant B33b: memory is given back at exit and once more at wait.
import type { Transcript } from '../../spec/transcript.ts';
import { type Mutant, Remembering } from './mutant.ts';

class WaitFreesAgain extends Remembering {
  /** `remembered`: what each process held when it ended. */
  waiting = false;

  override end(p: number, ended: number): void {
    for (let page = 0; page < this.layout.pages; page++)
      this.remembered[p * this.layout.pages + page] = this.frameAt(this.spaceOf[p] ?? -1, page);
    super.end(p, ended);
  }

  override wait(by: number, page: number, offset: number, into: Transcript): void {
    this.waiting = true;
    super.wait(by, page, offset, into);
    this.waiting = false;
  }

  override reap(p: number): void {
    super.reap(p);
    for (const frame of this.remembered.subarray(p * this.layout.pages, (p + 1) * this.layout.pages)) {
      if (!this.waiting || frame < 0 || frame >= this.memory.data || this.memory.isFree(frame)) continue;
      this.memory.drop(frame);
      if (this.memory.isFree(frame)) this.memory.noteWritten(frame);
    }
    this.remembered.fill(-1, p * this.layout.pages, (p + 1) * this.layout.pages);
  }
}

export const mutant: Mutant = {
  name: 'wait-frees-again',
  bug: 'B33b',
  defect: 'the references of a process are dropped when it ends and again when it is waited for.',
  history: 'the tests exitwait, reparent and countfree of xv6 usertests',
  whyHard: 'between exit and wait all is well; the second drop hits whoever holds the frame by then.',
  rule: 9,
  invariant: 'isolation.end-leaves-others',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'B', status: 0 },
    { op: 'wait', by: 'A' },
  ],
  machine: WaitFreesAgain,
};
