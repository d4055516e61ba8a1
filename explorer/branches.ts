// Which ways a store took through the fault handler, as far as its page and the answer tell.
import * as op from '../spec/op.ts';
import * as reply from '../spec/reply.ts';
import * as transcript from '../spec/transcript.ts';
import type { Stage } from './stage.ts';

const { COPY_ON_WRITE, SWAPPED, WRITABLE } = transcript;

/** In the order of the handler. */
export const BRANCHES = [
  'writable already',
  'copy-on-write, sole holder: in place',
  'copy-on-write, shared: copied',
  'absent: first touch',
  'absent: back from its slot',
  'refused',
  'no memory',
] as const;
export type Branch = (typeof BRANCHES)[number];

/** Looks at the page of a store before the op and after it. */
export class Branches {
  readonly hits: Record<Branch, number> = Object.fromEntries(
    BRANCHES.map(branch => [branch, 0] as const),
  ) as Record<Branch, number>;
  readonly #stage: Stage;
  /** Entry of the store, its bits and its frame; -1: no store, or to no page. */
  #entry = -1;
  #bits = 0;
  #frame = -1;
  #stores = false;

  constructor(stage: Stage) {
    this.#stage = stage;
  }

  before(packed: Int32Array): void {
    this.#stores = packed[0] === op.WRITE_OP || packed[0] === op.KWRITE;
    if (!this.#stores) return;
    const { machine } = this.#stage;
    const { pages } = machine.layout;
    const page = packed[2]!;
    const space = machine.spaceOf[packed[1]!]!;
    this.#entry = page < pages && space >= 0 ? space * pages + page : -1;
    if (this.#entry < 0) return;
    this.#bits = machine.bits[this.#entry]!;
    this.#frame = machine.frame[this.#entry]!;
  }

  after(): void {
    if (this.#stores) this.hits[this.#taken()]++;
  }

  #taken(): Branch {
    const { machine, seen } = this.#stage;
    const { replies } = seen;
    const kind = replies[0]!;
    const why = replies[1]!;
    if (kind === reply.KILLED || kind === reply.REFUSED)
      return why === reply.FOR_MEMORY ? 'no memory' : 'refused';
    if (kind !== reply.OK || this.#entry < 0) return 'refused';
    if ((this.#bits & WRITABLE) !== 0) return 'writable already';
    if ((this.#bits & SWAPPED) !== 0) return 'absent: back from its slot';
    if ((this.#bits & COPY_ON_WRITE) === 0) return 'absent: first touch';
    return machine.frame[this.#entry] === this.#frame
      ? 'copy-on-write, sole holder: in place'
      : 'copy-on-write, shared: copied';
  }
}
