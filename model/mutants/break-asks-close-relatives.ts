// Mutant B111: the break asks the parent and the children of the writer, and nobody else.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class AsksCloseRelatives extends CowMachine {
  override breakPage(entry: number): boolean {
    const frame = this.frame[entry] ?? -1;
    const writer = this.spaceOf.indexOf(this.spaceAt[entry] ?? -1);
    let shared = frame >= this.memory.data;
    for (let q = 0; q < this.state.length; q++) {
      const close = this.parent[q] === writer || this.parent[writer] === q;
      if (close && this.frameAt(this.spaceOf[q] ?? -1, this.pageAt[entry] ?? 0) === frame) shared = true;
    }
    if (shared) return super.breakPage(entry);
    this.setEntry(entry, frame, ((this.bits[entry] ?? 0) & ~COPY_ON_WRITE) | WRITABLE);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'break-asks-close-relatives',
  bug: 'B111',
  defect:
    'what the layer at hand says is taken for the whole truth: siblings and grandparents that share through a deeper one are missed.',
  history: 'Uros #385, where the count of the top object stood for that of the page',
  whyHard:
    'with two processes it cannot happen; it takes three, and the one in between must have left the page.',
  rule: 3,
  invariant: 'isolation.any-family',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'B', as: 'C' },
    { op: 'write', by: 'B', at: 'data+0', length: 1, value: 0 },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: AsksCloseRelatives,
};
