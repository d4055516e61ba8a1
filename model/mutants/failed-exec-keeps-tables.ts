// Mutant B77: an exec that fails does not give back what it had built.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FailedExecKeeps extends CowMachine {
  building = false;

  override load(image: number): number {
    this.building = true;
    const space = super.load(image);
    this.building = false;
    return space;
  }

  override closeSpace(space: number): void {
    if (!this.building) super.closeSpace(space);
  }
}

export const mutant: Mutant = {
  name: 'failed-exec-keeps-tables',
  bug: 'B77',
  defect: 'the half-built image of a failed exec keeps its page tables and pages for ever.',
  history: 'the badarg and execout tests of xv6 usertests; codenet/col331 #296',
  whyHard: 'the caller goes on as before; only the free memory is less.',
  rule: 17,
  invariant: 'exec.failure-changes-nothing',
  minimal: [
    { op: 'failalloc', nth: 2 },
    { op: 'exec', by: 'A', image: 0, via: 'execve', argument: 0 },
  ],
  machine: FailedExecKeeps,
};
