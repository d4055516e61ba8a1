// Mutant B110: a break drops the references of the writer's children too.
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class DropsForChildren extends CowMachine {
  override breakPage(entry: number): boolean {
    const old = this.frame[entry] ?? -1;
    const broken = super.breakPage(entry);
    if (!broken || this.frame[entry] === old || old >= this.memory.data) return broken;
    const writer = this.spaceOf.indexOf(this.spaceAt[entry] ?? -1);
    for (let q = 0; q < this.state.length; q++)
      if (this.parent[q] === writer && this.frameAt(this.spaceOf[q] ?? -1, this.pageAt[entry] ?? 0) === old)
        this.memory.drop(old);
    if (this.memory.isFree(old)) this.memory.noteWritten(old);
    return true;
  }
}

export const mutant: Mutant = {
  name: 'break-drops-for-children',
  bug: 'B110',
  defect:
    'the descendants are taken to follow the writer to the new frame; their entries stay behind on one that is freed.',
  history: 'FreeBSD-SA-21:08, CVE-2021-29626',
  whyHard: 'the children read the right bytes until the frame is handed out again.',
  rule: 2,
  invariant: 'isolation.write-stays-private',
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'data+0', length: 1, value: 0 },
  ],
  machine: DropsForChildren,
};
