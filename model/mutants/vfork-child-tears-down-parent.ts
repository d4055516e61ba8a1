// Mutant B80: a vfork child that execs or exits takes the borrowed address space with it.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class VforkChildTearsDown extends CowMachine {
  override detach(p: number): void {
    const space = this.spaceOf[p] ?? -1;
    super.detach(p);
    if ((this.users[space] ?? 0) > 0) this.unmap(space, 0, this.layout.pages);
  }
}

export const mutant: Mutant = {
  name: 'vfork-child-tears-down-parent',
  bug: 'B80',
  defect: 'leaving a space closes it, though the parent who lent it still lives there.',
  history: 'rr #1761; DynamoRIO #1288',
  whyHard: 'vfork is rare, and the parent is suspended until the very moment its memory is gone.',
  rule: 9,
  invariant: 'isolation.end-leaves-others',
  minimal: [
    { op: 'vfork', by: 'A', as: 'B' },
    { op: 'exit', by: 'B', status: 0 },
  ],
  machine: VforkChildTearsDown,
};
