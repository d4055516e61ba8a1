// Who is alive and which pages are still shared, as the generator believes while it writes a tape.
import { ALIVE, NONE, ZOMBIE } from '../../spec/law.ts';
import type { Layout } from '../../spec/world.ts';

const INIT = -1;

/**
 * Follows a tape under the assumption that whatever may succeed does. Pages that came from one fork and were not
 * written since carry the same origin; `sharers` counts them. Belief only: no judgement rests on it.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Family {
  readonly state: Uint8Array;
  readonly parent: Int32Array;
  readonly suspendedBy: Int32Array;
  readonly image: Int32Array;
  /** Living processes, oldest first. */
  readonly living: Int32Array;
  livingCount = 0;
  processes = 0;
  /** Frames copy-on-write would hold now: one for each origin that somebody still has. */
  used = 0;

  readonly #layout: Layout;
  readonly #names: number;
  readonly #frames: number;
  readonly #spaceOf: Int32Array;
  /** Origin of each page of each space, -1 for a page that cannot be written. */
  readonly #origin: Int32Array;
  #sharers = new Int32Array(1024);
  #origins = 0;

  /** `frames`: what the world has; Infinity if that is not declared. */
  constructor(layout: Layout, names: number, frames: number) {
    this.#frames = frames;
    this.#layout = layout;
    this.#names = names;
    this.state = new Uint8Array(names);
    this.parent = new Int32Array(names);
    this.suspendedBy = new Int32Array(names);
    this.image = new Int32Array(names);
    this.living = new Int32Array(names);
    this.#spaceOf = new Int32Array(names);
    this.#origin = new Int32Array(names * layout.pages);
  }

  reset(): void {
    this.state.fill(NONE);
    this.suspendedBy.fill(-1);
    this.livingCount = 0;
    this.processes = 0;
    this.#origins = 0;
    this.used = 0;
    this.#begin(0, INIT);
    this.#load(0, 0);
  }

  /** May `p` perform ops? */
  acts(p: number): boolean {
    return this.state[p] === ALIVE && this.suspendedBy[p]! < 0;
  }

  /** How many pages still share their bytes with this one; 0 for a page that cannot be written. */
  sharers(p: number, page: number): number {
    const origin = this.#origin[this.#spaceOf[p]! * this.#layout.pages + page]!;
    return origin < 0 ? 0 : this.#sharers[origin]!;
  }

  fork(p: number, child: number): void {
    this.#begin(child, p);
    this.image[child] = this.image[p]!;
    this.#spaceOf[child] = child;
    const { pages } = this.#layout;
    const from = this.#spaceOf[p]! * pages;
    for (let page = 0; page < pages; page++) {
      const origin = this.#origin[from + page]!;
      this.#origin[child * pages + page] = origin;
      if (origin >= 0) this.#sharers[origin] = this.#sharers[origin]! + 1;
    }
  }

  vfork(p: number, child: number): void {
    this.#begin(child, p);
    this.image[child] = this.image[p]!;
    this.#spaceOf[child] = this.#spaceOf[p]!;
    this.suspendedBy[p] = child;
  }

  /** `page` of `p` was stored to: it is its own now. False if there is no frame for it, and nothing changed. */
  write(p: number, page: number): boolean {
    if (page < 0 || page >= this.#layout.pages) return true;
    const entry = this.#spaceOf[p]! * this.#layout.pages + page;
    const origin = this.#origin[entry]!;
    if (origin < 0 || this.#sharers[origin] === 1) return true;
    if (this.used >= this.#frames) return false;
    this.#sharers[origin] = this.#sharers[origin]! - 1;
    this.#origin[entry] = this.#fresh();
    return true;
  }

  /** Nothing happens if old and new image do not fit together. */
  exec(p: number, image: number): void {
    if (this.used + this.#layout.privatePages[image]! > this.#frames) return;
    if (this.#borrows(p)) this.#resume(p);
    else this.#leave(p);
    this.#load(p, image);
  }

  end(p: number): void {
    const borrowed = this.#borrows(p);
    if (!borrowed) this.#leave(p);
    this.state[p] = ZOMBIE;
    this.#bury(p);
    for (let q = 0; q < this.#names; q++) {
      if (this.state[q] === NONE || this.parent[q] !== p) continue;
      this.parent[q] = INIT;
      if (this.state[q] === ZOMBIE) this.reap(q);
    }
    if (this.parent[p] === INIT) this.reap(p);
    if (borrowed) this.#resume(p);
  }

  reap(p: number): void {
    this.state[p] = NONE;
    this.processes--;
  }

  /** A zombie child of `p`, or -1. */
  zombieOf(p: number): number {
    for (let q = 0; q < this.#names; q++) if (this.state[q] === ZOMBIE && this.parent[q] === p) return q;
    return -1;
  }

  /** A process number that is not in use, or -1. */
  unused(): number {
    for (let q = 0; q < this.#names; q++) if (this.state[q] === NONE) return q;
    return -1;
  }

  /** Takes `p` out of `living`; the others keep their order. */
  #bury(p: number): void {
    const { living } = this;
    let kept = 0;
    for (let i = 0; i < this.livingCount; i++) {
      const q = living[i]!;
      if (q !== p) living[kept++] = q;
    }
    this.livingCount = kept;
  }

  #borrows(p: number): boolean {
    return this.parent[p]! >= 0 && this.suspendedBy[this.parent[p]!] === p;
  }

  #resume(p: number): void {
    const lender = this.suspendedBy.indexOf(p);
    if (lender >= 0) this.suspendedBy[lender] = -1;
  }

  #begin(p: number, parent: number): void {
    this.state[p] = ALIVE;
    this.parent[p] = parent;
    this.suspendedBy[p] = -1;
    this.living[this.livingCount++] = p;
    this.processes++;
  }

  #load(p: number, image: number): void {
    this.image[p] = image;
    this.#spaceOf[p] = p;
    const { pages } = this.#layout;
    const allowed = this.#layout.permissions[image]!;
    for (let page = 0; page < pages; page++)
      this.#origin[p * pages + page] = (allowed[page]! & 2) !== 0 ? this.#fresh() : -1;
  }

  #leave(p: number): void {
    const { pages } = this.#layout;
    const from = this.#spaceOf[p]! * pages;
    for (let page = 0; page < pages; page++) {
      const origin = this.#origin[from + page]!;
      if (origin < 0) continue;
      this.#sharers[origin] = this.#sharers[origin]! - 1;
      if (this.#sharers[origin] === 0) this.used--;
    }
  }

  #fresh(): number {
    if (this.#origins === this.#sharers.length) {
      const longer = new Int32Array(this.#sharers.length * 2);
      longer.set(this.#sharers);
      this.#sharers = longer;
    }
    this.#sharers[this.#origins] = 1;
    this.used++;
    return this.#origins++;
  }
}
