// Mutant B17b: fork copies a page that the last break left marked.
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { CowMachine } from '../cow/machine.ts';
import { BREAK_COPY } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

const BOTH = COPY_ON_WRITE | WRITABLE;

class ForkCopiesBroken extends CowMachine {
  override breakPage(entry: number): boolean {
    const broken = super.breakPage(entry);
    if (broken) this.setEntry(entry, this.frame[entry] ?? -1, (this.bits[entry] ?? 0) | COPY_ON_WRITE);
    return broken;
  }

  override sharePage(entry: number, space: number, page: number): void {
    const bits = this.bits[entry] ?? 0;
    const own = (bits & BOTH) === BOTH ? this.memory.allocate(BREAK_COPY) : -1;
    if (own < 0) return super.sharePage(entry, space, page);
    this.copyFrame(this.frame[entry] ?? -1, own);
    this.setEntry(space * this.layout.pages + page, own, bits & ~COPY_ON_WRITE);
  }
}

export const mutant: Mutant = {
  name: 'fork-copies-what-was-broken',
  bug: 'B17b',
  defect:
    'a page that is writable and still marked is taken for a break in progress, and fork copies it at once.',
  history: 'QinRuixin, xv6 labs of 2023: the other end of a mark that is never cleared',
  whyHard: 'parent and child are isolated as they should be; the copy is merely too early.',
  rule: 27,
  invariant: 'economy.fork-copies-nothing',
  unseen: 'a page copied too early reads the same, and eager copying would hold its frame anyway.',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: ForkCopiesBroken,
};
