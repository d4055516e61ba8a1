// Who is alive, whose child, and suspended by whom, as the generator believes while it writes a tape.
import * as law from '../../spec/law.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE, NONE, ZOMBIE } = law;

/** Parent number of a child of init. */
export const INIT = -1;

/** Processes by number. Belief only, as in `Family`. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Kin {
  readonly state: Uint8Array;
  readonly parent: Int32Array;
  readonly suspendedBy: Int32Array;
  /** Living processes, oldest first. */
  readonly living: Int32Array;
  livingCount = 0;
  processes = 0;

  constructor(names: number) {
    this.state = new Uint8Array(names);
    this.parent = new Int32Array(names);
    this.suspendedBy = new Int32Array(names);
    this.living = new Int32Array(names);
  }

  protected forget(): void {
    this.state.fill(NONE);
    this.suspendedBy.fill(-1);
    this.livingCount = 0;
    this.processes = 0;
  }

  /** May `p` perform ops? */
  acts(p: number): boolean {
    return this.state[p] === ALIVE && this.suspendedBy[p]! < 0;
  }

  reap(p: number): void {
    this.state[p] = NONE;
    this.processes--;
  }

  /** A zombie child of `p`, or -1. */
  zombieOf(p: number): number {
    for (let q = 0; q < this.state.length; q++)
      if (this.state[q] === ZOMBIE && this.parent[q] === p) return q;
    return -1;
  }

  /** A process number that is not in use, or -1. */
  unused(): number {
    for (let q = 0; q < this.state.length; q++) if (this.state[q] === NONE) return q;
    return -1;
  }

  protected begin(p: number, parent: number): void {
    this.state[p] = ALIVE;
    this.parent[p] = parent;
    this.suspendedBy[p] = -1;
    this.living[this.livingCount++] = p;
    this.processes++;
  }

  /** `p` ends: its children go to init, which waits for zombies at once. */
  protected die(p: number): void {
    this.state[p] = ZOMBIE;
    this.#bury(p);
    const { state, parent } = this;
    for (let q = 0; q < state.length; q++) {
      if (parent[q] !== p || state[q] === NONE) continue;
      parent[q] = INIT;
      if (state[q] === ZOMBIE) this.reap(q);
    }
    if (this.parent[p] === INIT) this.reap(p);
  }

  /** Takes `p`, who is there, out of `living`; the others keep their order. */
  #bury(p: number): void {
    const { living } = this;
    const last = this.livingCount - 1;
    let at = 0;
    while (at < last && living[at] !== p) at++;
    for (; at < last; at++) living[at] = living[at + 1]!;
    this.livingCount = last;
  }

  protected borrows(p: number): boolean {
    return this.parent[p]! >= 0 && this.suspendedBy[this.parent[p]!] === p;
  }

  protected resume(p: number): void {
    const lender = this.suspendedBy.indexOf(p);
    if (lender >= 0) this.suspendedBy[lender] = -1;
  }
}
