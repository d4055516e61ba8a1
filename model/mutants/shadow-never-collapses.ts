// Mutant B153: what an ended process shared stays behind as a dead version.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class ShadowNeverCollapses extends CowMachine {
  leaving = false;

  override detach(p: number): void {
    this.leaving = true;
    super.detach(p);
    this.leaving = false;
  }

  override closeSpace(space: number): void {
    const { pages } = this.layout;
    const framesOf = (of: number): Int32Array => this.frame.subarray(of * pages, (of + 1) * pages);
    const shared = (frame: number): boolean =>
      frame >= 0 && frame < this.memory.data && (this.memory.count[frame] ?? 0) > 1;
    // One dead version is enough to show it.
    const dead = this.users.some((n, of) => n === 0 && of !== space && framesOf(of).some(f => f >= 0));
    if (!this.leaving || dead || !framesOf(space).some(shared)) return super.closeSpace(space);
    framesOf(space).forEach((frame, page) => shared(frame) || this.forgetPage(space * pages + page));
    this.memory.releaseTables(this.tablesOf[space] ?? 0);
    this.tablesOf[space] = 0;
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
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'exit', by: 'B', status: 0 },
    { op: 'exec', by: 'A', image: 0, via: 'execve', argument: 0 },
  ],
  machine: ShadowNeverCollapses,
};
