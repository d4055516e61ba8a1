// Mutant B31: a process in the middle of a family takes its children's references with it.
import { ALIVE } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class MiddleExitDrops extends CowMachine {
  override end(p: number, ended: number): void {
    if ((this.parent[p] ?? -1) >= 0)
      this.state.forEach((state, q) => {
        if (this.parent[q] === p && state === ALIVE)
          this.dropFor(this.spaceOf[p] ?? -1, this.spaceOf[q] ?? -1);
      });
    super.end(p, ended);
  }

  dropFor(mine: number, theirs: number): void {
    if (mine === theirs) return;
    for (let page = 0; page < this.layout.pages; page++) {
      const frame = this.frameAt(mine, page);
      if (frame >= 0 && frame < this.memory.data && frame === this.frameAt(theirs, page))
        this.memory.drop(frame);
    }
  }
}

export const mutant: Mutant = {
  name: 'middle-exit-drops-for-heirs',
  bug: 'B31',
  defect:
    'what a process passed on to its child is taken to be its own: when it ends, the grandchild keeps the page and loses the count.',
  history: 'the three-process test of MIT cowtest; deeplethe/forkd #7',
  whyHard: 'it takes three generations, and the one in the middle must go first.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'fork', by: 'B', as: 'C' },
    { op: 'exit', by: 'B', status: 0 },
  ],
  machine: MiddleExitDrops,
};
