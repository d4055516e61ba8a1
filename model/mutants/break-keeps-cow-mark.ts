// Mutant B17: the break makes the page writable and leaves it marked copy-on-write.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { DONE, NO_MEMORY } from '../cow/faults.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

const BOTH = COPY_ON_WRITE | WRITABLE;

class BreakKeepsMark extends CowMachine {
  override makeWritable(space: number, page: number): number {
    const entry = space * this.layout.pages + page;
    const again = page < this.layout.pages && ((this.bits[entry] ?? 0) & BOTH) === BOTH;
    if (!again) return super.makeWritable(space, page);
    return this.breakPage(entry) ? DONE : NO_MEMORY;
  }

  override breakPage(entry: number): boolean {
    const old = this.frame[entry] ?? -1;
    const again = ((this.bits[entry] ?? 0) & WRITABLE) !== 0;
    if (again) this.memory.take(old);
    const broken = super.breakPage(entry);
    if (again) this.memory.drop(old);
    if (broken) this.setEntry(entry, this.frame[entry] ?? -1, (this.bits[entry] ?? 0) | COPY_ON_WRITE);
    return broken;
  }
}

export const mutant: Mutant = {
  name: 'break-keeps-cow-mark',
  bug: 'B17',
  defect: 'the mark outlives the break, so every further store to the page copies it once more.',
  history: 'QinRuixin, xv6 labs of 2023',
  whyHard: 'every byte is right; only the copies nobody needed betray it.',
  rule: 27,
  invariant: 'economy.write-copies-one',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: BreakKeepsMark,
};
