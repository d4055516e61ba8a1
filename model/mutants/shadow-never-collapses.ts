// Mutant B153: what an ended process shared stays behind as a dead version.
import { PRESENT } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ShadowNeverCollapses extends CowMachine {
  override closeSpace(space: number): void {
    if (this.dead() > 1 || !this.shares(space)) return super.closeSpace(space);
    this.memory.releaseTables(this.tablesOf[space] ?? 0);
    this.tablesOf[space] = 0;
  }

  shares(space: number): boolean {
    for (let page = 0; page < this.layout.pages; page++)
      if ((this.memory.count[this.frameAt(space, page)] ?? 0) > 1 && this.users[space] === 0) return true;
    return false;
  }

  /** Spaces that nobody uses and that still hold pages, this one among them. One that stays is enough to show it. */
  dead(): number {
    return this.users.filter((users, space) => users === 0 && this.holds(space)).length;
  }

  holds(space: number): boolean {
    const first = space * this.layout.pages;
    return this.bits.subarray(first, first + this.layout.pages).some(bits => (bits & PRESENT) !== 0);
  }
}

export const mutant: Mutant = {
  name: 'shadow-never-collapses',
  bug: 'B153',
  defect:
    'the layer between the ended process and those it shared with is never merged, and its pages are held for nobody.',
  history: 'the swap leak that 386BSD, NetBSD and Mach had until the vm_object fix of 1995',
  whyHard: 'every count is right; what is held is simply not needed by anybody.',
  rule: 28,
  invariant: 'economy.within-eager',
  unseen: 'a leak: it takes hundreds of forks until a program is told that memory is short.',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'B', status: 0 },
    { op: 'exec', by: 'A', image: 0, via: 'execve', argument: 0 },
  ],
  machine: ShadowNeverCollapses,
};
