// Mutant B43: a copy-on-write fault taken in kernel mode is not answered by a break.
import { COPY_ON_WRITE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { NOT_ALLOWED } from '../cow/faults.ts';
import type { Mutant } from './mutant.ts';

class KernelFaultNotRouted extends CowMachine {
  override makeKernelWritable(space: number, page: number): number {
    const marked = ((this.bits[space * this.layout.pages + page] ?? 0) & COPY_ON_WRITE) !== 0;
    if (marked && page < this.layout.pages && this.frameAt(space, page) < this.memory.data)
      return NOT_ALLOWED;
    return super.makeKernelWritable(space, page);
  }
}

export const mutant: Mutant = {
  name: 'kernel-fault-not-routed',
  bug: 'B43',
  defect: 'copyout meets a page that is not writable and gives up, although its owner may write it.',
  history: 'byteduck/duckOS #61; tgoskits #909',
  whyHard: 'before the first fork every kernel write succeeds.',
  rule: 13,
  invariant: 'reply.kwrite',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'kwrite', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: KernelFaultNotRouted,
};
