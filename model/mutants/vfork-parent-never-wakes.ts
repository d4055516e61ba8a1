// Mutant B81c: the exec of the child does not wake the parent.
import { ALIVE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class NeverWakes extends CowMachine {
  override resume(p: number): void {
    if (this.state[p] !== ALIVE) super.resume(p);
  }
}

export const mutant: Mutant = {
  name: 'vfork-parent-never-wakes',
  bug: 'B81c',
  defect:
    'the parent of a vfork is woken by the end of its child and not by its exec, so it waits for as long as the program runs.',
  history: 'the text of vfork(2): until the child execs or exits',
  whyHard: 'programs that end soon hide it.',
  rule: 24,
  invariant: 'reply.exit',
  minimal: [
    { op: 'vfork', by: 'A', as: 'B' },
    { op: 'exec', by: 'B', image: 0, via: 'execve', argument: 0 },
    { op: 'exit', by: 'A', status: 0 },
  ],
  machine: NeverWakes,
};
