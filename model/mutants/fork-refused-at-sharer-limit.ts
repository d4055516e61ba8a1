// Mutant B19b: fork fails when a count is at its limit.
import { NONE } from '../../spec/law.ts';
import * as reply from '../../spec/reply.ts';
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

const MOST = 3;

class ForkRefusedAtLimit extends CowMachine {
  override fork(by: number, child: number, into: Transcript): void {
    const first = (this.spaceOf[by] ?? 0) * this.layout.pages;
    let full = false;
    for (let entry = first; entry < first + this.layout.pages; entry++)
      if ((this.memory.count[this.frame[entry] ?? -1] ?? 0) >= MOST) full = true;
    const room = this.processes < this.world.processes;
    if (full && room && this.state[child] === NONE) return into.reply(reply.REFUSED, reply.FOR_MEMORY);
    super.fork(by, child, into);
  }
}

export const mutant: Mutant = {
  name: 'fork-refused-at-sharer-limit',
  bug: 'B19b',
  defect: 'rather than wrap, the narrow count makes fork fail: out of memory, with memory to spare.',
  history: 'rcore-os/tgoskits #1991',
  whyHard: 'fork may fail for want of memory, and few tests ask whether memory really was short.',
  rule: 28,
  invariant: 'reply.fork',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: ForkRefusedAtLimit,
};
