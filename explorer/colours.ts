// Colours of processes and pages: all that can be said of them without names. What has two colours is not alike.
import type { CowMachine } from '../model/cow/machine.ts';
import * as law from '../spec/law.ts';
import * as transcript from '../spec/transcript.ts';
import type { Contents } from './contents.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE, ZOMBIE } = law;
const { REFERS } = transcript;

/** Rounds at most in which colours spread: to the frames of a process, and from those to whoever else has them. */
const ROUNDS = 3;
/** In place of a value. */
const VALUE = 257;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class Colours {
  /** By number, after `paint`. */
  readonly process: Int32Array;
  readonly page: Int32Array;
  readonly #machine: CowMachine;
  readonly #contents: Contents;
  /** A page's number, or one for all that may change places. */
  readonly #classOf: Int32Array;
  readonly #movable: readonly number[];
  readonly #next: Int32Array;
  readonly #frame: Int32Array;
  readonly #tint: Int32Array;

  constructor(machine: CowMachine, movable: readonly number[], contents: Contents) {
    const { layout, memory, state } = machine;
    this.#machine = machine;
    this.#movable = movable;
    this.#contents = contents;
    this.#classOf = Int32Array.from(layout.segmentOf, (_, page) => (movable.includes(page) ? -1 : page));
    this.process = new Int32Array(state.length);
    this.page = new Int32Array(layout.pages);
    this.#next = new Int32Array(state.length);
    this.#frame = new Int32Array(memory.count.length);
    this.#tint = new Int32Array(machine.frame.length);
  }

  /** Colours the processes in `order`, and all pages, until no two that may change places have one colour, or as well as can be. */
  paint(order: readonly number[]): void {
    const { state, parent, suspendedBy, image, ending, doomed } = this.#machine;
    const { process: colour, page } = this;
    const next = this.#next;
    for (let i = 0; i < order.length; i++) {
      const p = order[i]!;
      const own = mix(state[p]!, image[p]! | (doomed[p]! << 8) | (suspendedBy[p]! < 0 ? 0 : 1 << 9));
      colour[p] =
        state[p] === ZOMBIE
          ? mix(own, this.#contents.isValue(ending[p]!) ? VALUE : ending[p]!)
          : state[p] === ALIVE
            ? this.#entries(p, own)
            : own;
    }
    for (let round = 0; ; round++) {
      page.fill(0);
      for (let i = 0; i < order.length; i++) this.#shade(order[i]!);
      if (round === ROUNDS || (distinct(order, colour) && distinct(this.#movable, page))) return;
      this.#frame.fill(0);
      for (let i = 0; i < order.length; i++) this.#spread(order[i]!);
      for (let i = 0; i < order.length; i++) {
        const p = order[i]!;
        const above = parent[p]!;
        const lender = suspendedBy[p]!;
        let own = mix(colour[p]!, above < 0 ? 1 : colour[above]!);
        if (lender >= 0 && state[p] === ALIVE) own = mix(own, colour[lender]!);
        next[p] = this.#gather(p, own);
      }
      for (let i = 0; i < order.length; i++) colour[order[i]!] = next[order[i]!]!;
    }
  }

  /** What the entries of a process say, in no order where pages may change places. */
  #entries(p: number, own: number): number {
    const { spaceOf, access, bits, kind, frame, layout } = this.#machine;
    const first = spaceOf[p]! * layout.pages;
    let sum = own;
    for (let n = 0; n < layout.pages; n++) {
      const entry = first + n;
      let tint = access[entry]! | (bits[entry]! << 8) | (kind[entry]! << 16);
      if ((bits[entry]! & REFERS) !== 0) tint = mix(tint, this.#hue(frame[entry]!, n));
      tint = mix(tint, this.#classOf[n]!);
      this.#tint[entry] = tint;
      sum = (sum + mix(tint, 5)) | 0;
    }
    return sum;
  }

  /** A frame without its name: what it holds and how often it is held. */
  #hue(frame: number, page: number): number {
    const { memory } = this.#machine;
    if (frame >= memory.data && frame < memory.slots) return frame;
    const content = this.#contents.of(memory.words, frame * memory.wordsPerFrame, page);
    return mix(mix(memory.count[frame]!, memory.held[frame]!), this.#contents.hues[content]!);
  }

  /** From a process to its pages. */
  #shade(p: number): void {
    const { spaceOf, layout } = this.#machine;
    const space = spaceOf[p]!;
    if (space < 0) return;
    const { page } = this;
    const first = space * layout.pages;
    const own = this.process[p]!;
    for (let n = 0; n < layout.pages; n++) page[n] = (page[n]! + mix(own, this.#tint[first + n]!)) | 0;
  }

  /** From a process to its frames. */
  #spread(p: number): void {
    const { spaceOf, bits, frame, layout } = this.#machine;
    const space = spaceOf[p]!;
    if (space < 0) return;
    const first = space * layout.pages;
    const own = this.process[p]!;
    for (let n = 0; n < layout.pages; n++) {
      if ((bits[first + n]! & REFERS) === 0) continue;
      const name = frame[first + n]!;
      this.#frame[name] = (this.#frame[name]! + mix(own, this.#classOf[n]!)) | 0;
    }
  }

  /** From its frames and pages back to a process. */
  #gather(p: number, own: number): number {
    const { spaceOf, bits, frame, layout } = this.#machine;
    const space = spaceOf[p]!;
    if (space < 0) return own;
    const first = space * layout.pages;
    let sum = own;
    for (let n = 0; n < layout.pages; n++) {
      const entry = first + n;
      const held = (bits[entry]! & REFERS) === 0 ? 0 : this.#frame[frame[entry]!]!;
      sum = (sum + mix(mix(this.page[n]!, held), this.#tint[entry]!)) | 0;
    }
    return sum;
  }
}

/** Have no two of `list` one colour? */
function distinct(list: readonly number[], colour: Readonly<Int32Array>): boolean {
  for (let i = 1; i < list.length; i++)
    for (let j = 0; j < i; j++) if (colour[list[i]!] === colour[list[j]!]) return false;
  return true;
}

function mix(hash: number, word: number): number {
  const mixed = Math.imul(hash ^ word, 0x9e3779b1);
  return Math.imul(mixed ^ (mixed >>> 15), 0x85ebca6b) ^ (mixed >>> 13);
}
