// Mutant B26: the handler says "handled" for a read-only page.
import { COPY_ON_WRITE, PRESENT, type Transcript, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class FaultsForEver extends CowMachine {
  override write(
    by: number,
    page: number,
    at: number,
    length: number,
    value: number,
    into: Transcript,
  ): void {
    const entry = (this.spaceOf[by] ?? 0) * this.layout.pages + page;
    const bits = page < this.layout.pages ? (this.bits[entry] ?? 0) : 0;
    // The store runs again, faults again, and so on: a watchdog ends it.
    if ((bits & (PRESENT | WRITABLE | COPY_ON_WRITE)) === PRESENT)
      throw new Error('the same store has faulted a thousand times');
    super.write(by, page, at, length, value, into);
  }
}

export const mutant: Mutant = {
  name: 'refused-store-faults-for-ever',
  bug: 'B26',
  defect:
    'a store to a plain read-only page returns from the handler as if it had been helped, and faults again, for ever.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard: 'nothing is written and nobody dies: without a bound on time the test itself hangs.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [{ op: 'write', by: 'A', at: 'text+0', length: 1, value: 0 }],
  machine: FaultsForEver,
};
