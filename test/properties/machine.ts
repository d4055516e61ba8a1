// The base of machines that are wrong in one way, and the form in which they are listed.
import { BREAK_COPY } from '../../model/cow/memory.ts';
import { CowMachine } from '../../model/cow/machine.ts';
import { PRESENT, REPLY_STRIDE, type Transcript, WRITABLE } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import type { MachineMaker } from '../../targets/model/session.ts';

/** Kind and reason of the last reply. */
export function lastReply(into: Transcript): readonly [kind: number, why: number] {
  const at = (into.count - 1) * REPLY_STRIDE;
  return [into.replies[at] ?? -1, into.replies[at + 1] ?? -1];
}

export class Machine extends CowMachine {
  /** Entry of `page` of process `p`. */
  entryOf(p: number, page: number): number {
    return (this.spaceOf[p] ?? 0) * this.layout.pages + page;
  }

  /** Stores one byte where nobody asked for it: byte `offset` of `page` of `p`, which gets a frame if it has none. */
  spoil(p: number, page: number, offset = 0): void {
    if ((this.frame[this.entryOf(p, page)] ?? -1) < 0)
      this.setEntry(this.entryOf(p, page), this.memory.allocate(BREAK_COPY), PRESENT | WRITABLE);
    this.store(this.frame[this.entryOf(p, page)] ?? 0, offset, 1, 0xee, 0);
  }

  mark(entry: number, set: number, clear = 0): void {
    this.setEntry(entry, this.frame[entry] ?? -1, ((this.bits[entry] ?? 0) & ~clear) | set);
  }
}

/** One sabotage: the invariant that must object, the defect, a history that shows it, and the machine. */
export interface Sabotage {
  readonly invariant: string;
  readonly defect: string;
  readonly history: string;
  readonly machine: MachineMaker;
  /** Where the usual small world does not do. */
  readonly world?: World;
}

export const sabotage = (
  invariant: string,
  defect: string,
  history: string,
  machine: MachineMaker,
): Sabotage => ({
  invariant,
  defect,
  history,
  machine,
});

export const READ_ONLY = 0;
export const DATA = 1;
export const DATA_2 = 2;
export const BSS = 3;
export const [A, B, C] = [0, 1, 2];
