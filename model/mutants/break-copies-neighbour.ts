// Mutant B151: a store to one page copies the next one too.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class CopiesNeighbour extends CowMachine {
  copying = false;

  override breakPage(entry: number): boolean {
    const old = this.frame[entry];
    const broken = super.breakPage(entry);
    if (!broken || this.copying || this.frame[entry] === old) return broken;
    this.copying = true;
    this.makeWritable(this.spaceAt[entry] ?? 0, (this.pageAt[entry] ?? 0) + 1);
    this.copying = false;
    return true;
  }
}

export const mutant: Mutant = {
  name: 'break-copies-neighbour',
  bug: 'B151',
  defect: 'the unit of copying is larger than the page that was written.',
  history: 'gVisor #608, #1057 and #8879; notes on what a Redis background save costs',
  whyHard: 'isolation is perfect; the memory it takes is a multiple of what it should.',
  rule: 27,
  invariant: 'economy.write-copies-one',
  unseen: 'a page copied too early reads the same, and eager copying would hold its frame anyway.',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: CopiesNeighbour,
};
