// Mutant B94: a break without memory kills somebody else.
import { ALIVE } from '../../spec/law.ts';
import * as reply from '../../spec/reply.ts';
import type { Transcript } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class KillsSharer extends CowMachine {
  override refuse(by: number, why: number, into: Transcript): void {
    const other = this.state.findIndex((state, p) => state === ALIVE && p !== by);
    if (why !== reply.FOR_MEMORY || other < 0) return super.refuse(by, why, into);
    this.end(other, reply.ENDED_KILLED);
    into.reply(reply.KILLED, why, 0, 0, this.injected());
  }
}

export const mutant: Mutant = {
  name: 'out-of-memory-kills-sharer',
  bug: 'B94',
  defect: 'when the writer finds no memory, another process that shares the page is ended in its place.',
  history: 'rcore-os/tgoskits #1991 and #1993',
  whyHard: 'somebody has to die, and a test with two equal processes does not ask who.',
  rule: 23,
  invariant: 'fault.exhaustion-ends-one',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'failalloc', nth: 1 },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: KillsSharer,
};
