// Mutant B21: a frame is freed twice, and the decrement that stops at zero hides it.
import type { Snapshot } from '../../spec/snapshot.ts';
import type { World } from '../../spec/world.ts';
import { CowMachine } from '../cow/machine.ts';
import { Memory } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class Floored extends Memory {
  /** On the free list twice; -1: none. */
  twice = -1;

  override allocate(site: number): number {
    const again = this.twice >= 0 && !this.isFree(this.twice);
    const frame = again ? this.twice : super.allocate(site);
    if (again) this.twice = -1;
    return frame;
  }

  override save(): Snapshot {
    const saved = super.save();
    return { ...saved, numbers: [...saved.numbers, this.twice] };
  }

  override restore(snapshot: Snapshot): void {
    super.restore(snapshot);
    this.twice = snapshot.numbers.at(-1) ?? -1;
  }

  override reset(): void {
    super.reset();
    this.twice = -1;
  }
}

class DropFloors extends CowMachine {
  declare readonly memory: Floored;

  override makeMemory(world: World, data: number): Memory {
    return new Floored(world, data);
  }

  override forgetPage(entry: number): void {
    const frame = this.frame[entry] ?? -1;
    super.forgetPage(entry);
    if (frame >= 0 && frame < this.memory.data && this.memory.isFree(frame)) this.memory.twice = frame;
  }
}

export const mutant: Mutant = {
  name: 'drop-floors-at-zero',
  bug: 'B21',
  defect:
    'unmapping drops the last reference twice; the count stays at zero, and the frame is on the free list twice.',
  history: 'student solutions of the MIT copy-on-write lab',
  whyHard: 'the double free itself changes nothing; two allocations later two pages are one.',
  rule: 8,
  invariant: 'mapping.fresh-pages-read-right',
  minimal: [
    { op: 'munmap', by: 'A', at: 'data+0', pages: 1 },
    { op: 'write', by: 'A', at: 'bss+0', length: 1, value: 1 },
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'shared', access: 'r' },
  ],
  machine: DropFloors,
};
