// Mutant B54: a shared page has no frame until somebody touches it, and then each holder gets its own.
import { SHARED } from '../../spec/law.ts';
import { CowMachine } from '../cow/machine.ts';
import type { Mutant } from './mutant.ts';

class SharedOnTouch extends CowMachine {
  override mapShared(entry: number, page: number): boolean {
    return this.kind[entry] === SHARED || super.mapShared(entry, page);
  }

  override protect(space: number, page: number, count: number, access: number): void {
    for (let entry = space * this.layout.pages + page, left = count; left > 0; entry++, left--)
      if (this.kind[entry] === SHARED && this.frame[entry] === this.memory.zero) this.forgetPage(entry);
    super.protect(space, page, count, access);
  }
}

export const mutant: Mutant = {
  name: 'shared-page-comes-on-touch',
  bug: 'B54',
  defect:
    'nothing ties together the holders of a shared page that was untouched at the fork: each brings a frame of its own.',
  history: 'DragonOS #2185',
  whyHard: 'touched before the fork, the page is shared as it should be.',
  rule: 5,
  invariant: 'reply.bytes',
  minimal: [
    { op: 'mmap', by: 'A', at: 'map+0', pages: 1, mapping: 'shared', access: 'rw' },
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'write', by: 'A', at: 'map+0', length: 1, value: 1 },
    { op: 'read', by: 'B', at: 'map+0', length: 1 },
  ],
  machine: SharedOnTouch,
};
