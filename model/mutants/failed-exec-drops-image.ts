// Mutant B75: exec drops the old image before it knows that there is a new one.
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FailedExecDropsImage extends CowMachine {
  override exec(by: number, image: number, via: number, argument: number, into: Transcript): void {
    const space = this.spaceOf[by] ?? -1;
    if (this.users[space] === 1) this.unmap(space, 0, this.layout.pages);
    super.exec(by, image, via, argument, into);
  }
}

export const mutant: Mutant = {
  name: 'failed-exec-drops-image',
  bug: 'B75',
  defect:
    'exec empties the address space first; when the new image cannot be had, the caller lives on without memory.',
  history: 'MentOS #208',
  whyHard: 'exec rarely fails in tests, and a caller that exits after the error never looks back.',
  rule: 17,
  invariant: 'exec.failure-changes-nothing',
  minimal: [{ op: 'exec', by: 'A', image: 2, via: 'execve', argument: 0 }],
  machine: FailedExecDropsImage,
};
