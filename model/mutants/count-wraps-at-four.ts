// Mutant B19: a reference count of two bits.
import type { World } from '../../spec/world.ts';
import { CowMachine } from '../cow/machine.ts';
import { Memory } from '../cow/memory.ts';
import type { Mutant } from './mutant.ts';

class NarrowCounts extends Memory {
  override take(frame: number): void {
    this.setCount(frame, ((this.count[frame] ?? 0) + 1) & 3);
  }
}

class CountWraps extends CowMachine {
  override makeMemory(world: World, data: number): Memory {
    return new NarrowCounts(world, data, this.room);
  }
}

export const mutant: Mutant = {
  name: 'count-wraps-at-four',
  bug: 'B19',
  defect:
    'the count has fewer values than a frame can have holders: the fourth holder brings it back to zero.',
  history: 'nyx-os #82; rcore-os/tgoskits #1991; AnsonHooL counts in a signed byte',
  whyHard: 'it takes as many sharers as the counter has values; with eight bits that is 256 processes.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'A', as: 'C' },
  ],
  machine: CountWraps,
};
