// The fault handler of the COW model: how a store to a page that is shared or absent goes through, or does not.
import * as law from '../../spec/law.ts';
import * as transcript from '../../spec/transcript.ts';
import * as rights from '../../spec/world.ts';
import * as sites from './memory.ts';
import { Sharing } from './sharing.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { PRIVATE } = law;
const { COPY_ON_WRITE, HUGE, LAZY, PRESENT, SWAPPED, WRITABLE } = transcript;
const { WRITE } = rights;
const { BREAK_COPY, TOUCH_PAGE } = sites;

/** Outcomes of bringing a page to where it can be stored to. */
export const DONE = 0;
export const NO_MEMORY = 1;
export const NOT_ALLOWED = 2;

/** Small pages of a huge one. */
export const HUGE_PAGES = 2;

/** Spaces whose pages can be written. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Faults extends Sharing {
  /** Lets a user store to `page` of `space` go through: breaks the page if it is copy-on-write, brings it if it is absent. */
  makeWritable(space: number, page: number): number {
    if (page >= this.layout.pages) return NOT_ALLOWED;
    const entry = space * this.layout.pages + page;
    const bits = this.bits[entry]!;
    if ((bits & WRITABLE) !== 0) return DONE;
    if ((bits & COPY_ON_WRITE) !== 0) return this.breakPage(entry) ? DONE : NO_MEMORY;
    if ((bits & PRESENT) !== 0 || (this.access[entry]! & WRITE) === 0) return NOT_ALLOWED;
    return this.bring(entry) ? DONE : NO_MEMORY;
  }

  /** A frame of its own for an absent page that is about to be written. False: no memory, and nothing changed. */
  bring(entry: number): boolean {
    if ((this.bits[entry]! & SWAPPED) !== 0) return this.swapIn(entry) && this.breakPage(entry);
    if (this.kind[entry] !== PRIVATE) {
      this.touch(entry);
      return this.breakPage(entry);
    }
    const frame = this.memory.allocateZeroed(TOUCH_PAGE);
    if (frame < 0) return false;
    this.setEntry(entry, frame, this.bitsFor(entry, WRITABLE));
    return true;
  }

  /** The same for a store by the kernel. */
  makeKernelWritable(space: number, page: number): number {
    return this.makeWritable(space, page);
  }

  /** Gives the writer a frame of its own: the old one if nobody else holds it, else a copy. False: no memory. */
  breakPage(entry: number): boolean {
    if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    const old = this.frame[entry]!;
    const bits = (this.bits[entry]! & ~(COPY_ON_WRITE | LAZY)) | WRITABLE;
    if (this.isSole(old)) {
      this.setEntry(entry, old, bits);
      return true;
    }
    return this.copyPage(entry, BREAK_COPY, bits);
  }

  /** Gives the entry a copy of its frame, with `bits`, and gives the old one back. False: no memory, and nothing changed. */
  copyPage(entry: number, site: number, bits: number): boolean {
    const old = this.frame[entry]!;
    const own = this.memory.allocate(site);
    if (own < 0) return false;
    this.copyFrame(old, own);
    this.setEntry(entry, own, bits);
    this.releaseOld(old);
    return true;
  }

  /** Is `frame` held by one entry, and by the pins of that entry at most? A pinned frame is never shared. */
  isSole(frame: number): boolean {
    const { count, pins } = this.memory;
    return count[frame] === 1 + pins[frame]!;
  }

  /** The huge page that `entry` is part of is made of small pages again. */
  splitPage(entry: number): void {
    for (const part of this.hugeParts(entry))
      this.setEntry(part, this.frame[part]!, this.bits[part]! & ~HUGE);
  }

  /** The entries that would make one huge page with `entry`, in order; fewer than a huge page has, if there is no room. */
  hugeParts(entry: number): readonly number[] {
    const { start, span, segmentOf } = this.layout;
    const page = this.pageAt[entry]!;
    const segment = segmentOf[page]!;
    const first = page - ((page - start[segment]) % HUGE_PAGES);
    const parts = Math.min(HUGE_PAGES, start[segment] + span[segment] - first);
    return Array.from({ length: parts }, (_, i) => entry - page + first + i);
  }

  copyFrame(from: number, to: number): void {
    this.memory.copy(from, to);
  }

  /** The reference that a broken entry held. */
  releaseOld(frame: number): void {
    this.memory.drop(frame);
  }
}
