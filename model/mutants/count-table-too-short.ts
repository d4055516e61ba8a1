// Mutant B23: the table of counts has no room for the pages of the file.
import type { World } from '../../spec/world.ts';
import { CowMachine } from '../cow/machine.ts';
import { Memory } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class ShortTable extends Memory {
  override take(frame: number): void {
    if (frame >= this.file) throw new RangeError(`frame ${frame} has no count`);
    super.take(frame);
  }
}

class CountTableShort extends CowMachine {
  override makeMemory(world: World, data: number): Memory {
    return new ShortTable(world, data, this.room);
  }
}

export const mutant: Mutant = {
  name: 'count-table-too-short',
  bug: 'B23',
  defect: 'the table of counts is sized for memory proper; a frame of the page cache indexes past its end.',
  history: 'a student solution; AnsonHooL declares the table with two sizes',
  whyHard: 'anonymous memory never reaches the end of the table.',
  rule: 24,
  invariant: 'progress.target-lives',
  minimal: [{ op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'shared-file', access: 'r' }],
  machine: CountTableShort,
};
