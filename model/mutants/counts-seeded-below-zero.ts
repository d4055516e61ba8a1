// Mutant B24: the free list is filled by the routine that drops references.
import type { World } from '../../spec/world.ts';
import { CowMachine } from '../cow/machine.ts';
import { Memory } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class SeededByFreeing extends Memory {
  override reset(): void {
    super.reset();
    this.count.fill(-1, 0, this.data);
  }

  override allocate(site: number): number {
    const stale = this.count.slice(0, this.data);
    const frame = super.allocate(site);
    if (frame >= 0) this.setCount(frame, (stale[frame] ?? 0) + 1);
    return frame;
  }
}

class CountsSeeded extends CowMachine {
  override makeMemory(world: World, data: number): Memory {
    return new SeededByFreeing(world, data, this.room);
  }
}

export const mutant: Mutant = {
  name: 'counts-seeded-below-zero',
  bug: 'B24',
  defect:
    'at boot every frame is freed once without having been taken, so its count starts at -1, and taking it makes that 0.',
  history:
    'AnsonHooL, Dream95, QinRuixin and a student solution each have a special path at boot to avoid it',
  whyHard: 'a frame without sharers behaves; the first fork makes it one reference short.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [{ op: 'write', by: 'A', at: 'bss+0', length: 1, value: 0 }],
  machine: CountsSeeded,
};
