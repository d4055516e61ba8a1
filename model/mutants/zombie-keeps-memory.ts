// Mutant B33: memory is given back at wait, not at exit.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ZombieKeepsMemory extends CowMachine {
  dying = -1;

  override end(p: number, ended: number): void {
    this.dying = p;
    super.end(p, ended);
    this.dying = -1;
  }

  override detach(p: number): void {
    if (p !== this.dying) super.detach(p);
  }

  override reap(p: number): void {
    this.dying = -1;
    if ((this.spaceOf[p] ?? -1) >= 0) this.detach(p);
    super.reap(p);
  }
}

export const mutant: Mutant = {
  name: 'zombie-keeps-memory',
  bug: 'B33',
  defect: 'a process that has ended holds its pages until somebody waits for it, which may be never.',
  history: 'the tests exitwait, reparent and countfree of xv6 usertests',
  whyHard: 'the memory does come back in the end, so a count taken after the last wait is right.',
  rule: 26,
  invariant: 'frames.ended-hold-none',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'B', status: 0 },
  ],
  machine: ZombieKeepsMemory,
};
