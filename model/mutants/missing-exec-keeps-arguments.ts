// Mutant B77b: an exec of an image that does not exist keeps the page of its arguments.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { EXEC_ROOT } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class MissingExecKeeps extends CowMachine {
  override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
    if (image >= this.world.images.length) this.memory.allocateTable(EXEC_ROOT);
    super.exec(by, image, via, argument, into);
  }
}

export const mutant: Mutant = {
  name: 'missing-exec-keeps-arguments',
  bug: 'B77b',
  defect:
    'the arguments are copied into the kernel before the image is looked for, and not freed when it is missing.',
  history: 'the badarg test of xv6 usertests; a note on exec_map_stack in FreeBSD',
  whyHard: 'a failed exec looks harmless, and it takes thousands to run out.',
  rule: 17,
  invariant: 'exec.failure-changes-nothing',
  unseen: 'the page comes from the pool of page tables, and none of the ops reads how full it is.',
  minimal: [{ op: 'exec', by: 'A', image: 2, via: 'execve', argument: 0 }],
  machine: MissingExecKeeps,
};
