// The fork of the COW model: a second address space over the same frames, but for what must not be shared.
import * as law from '../../spec/law.ts';
import * as transcript from '../../spec/transcript.ts';
import * as sites from './memory.ts';
import * as spaces from './spaces.ts';
import { Spaces } from './spaces.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { SHARED, UNMAPPED } = law;
const { COPY_ON_WRITE, REFERS, WRITABLE } = transcript;
const { FORK_PAGE, FORK_ROOT, FORK_TABLE } = sites;
const { DONT_FORK, ENTRIES_PER_TABLE, PERMISSIONS } = spaces;

/** Spaces that can be shared. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Sharing extends Spaces {
  /** A second address space over the same frames; -1, and nothing changed but marks, if a table frame is missing. */
  share(from: number): number {
    const space = this.openSpace(FORK_ROOT);
    if (space < 0) return -1;
    const { pages } = this.layout;
    this.heap[space] = this.heap[from]!;
    this.imageOf[space] = this.imageOf[from]!;
    for (let page = 0; page < pages; page++) {
      if (page % ENTRIES_PER_TABLE === 0 && !this.addTable(space, FORK_TABLE))
        return this.unwind(from, space, page);
      const entry = from * pages + page;
      const copy = space * pages + page;
      const access = this.access[entry]!;
      if (access > PERMISSIONS && this.obeysAdvice(entry, copy)) continue;
      this.access[copy] = access;
      this.kind[copy] = this.kind[entry]!;
      if ((this.bits[entry]! & REFERS) === 0) continue;
      if (this.kind[entry]! >= SHARED) this.shareMapping(entry, space, page);
      else if (this.mayShare(entry)) this.sharePage(entry, space, page);
      else if (!this.copyForChild(entry, space, page)) return this.unwind(from, space, page);
    }
    return space;
  }

  /** A page that fork leaves out or wipes: it is absent in the child. False: fork copies it like any other. */
  obeysAdvice(entry: number, copy: number): boolean {
    const access = this.access[entry]!;
    const left = (access & DONT_FORK) !== 0;
    this.access[copy] = left ? 0 : access;
    this.kind[copy] = left ? UNMAPPED : this.kind[entry]!;
    return true;
  }

  /** May the frame of an entry have one more holder: it is not pinned, and its count has room? A cached one has room always. */
  mayShare(entry: number): boolean {
    const { memory } = this;
    const frame = this.frame[entry]!;
    if (frame >= memory.data && frame < memory.slots) return true;
    return memory.pins[frame] === 0 && memory.count[frame]! < memory.mostCounted;
  }

  /** A frame of the child's own for a page that cannot be shared. False: no memory. */
  copyForChild(entry: number, space: number, page: number): boolean {
    const { memory } = this;
    const own = memory.allocate(FORK_PAGE);
    if (own < 0) return false;
    memory.copy(this.frame[entry]!, own);
    this.setEntry(space * this.layout.pages + page, own, this.bitsFor(entry, WRITABLE));
    return true;
  }

  /** Gives up the copy of `from` that got no table for `page`. */
  unwind(_from: number, space: number, _page: number): number {
    this.closeSpace(space);
    return -1;
  }

  /** Maps the frame of `entry` of a shared mapping into `space` too. */
  shareMapping(entry: number, space: number, page: number): void {
    this.memory.take(this.frame[entry]!);
    this.setEntry(space * this.layout.pages + page, this.frame[entry]!, this.bits[entry]!);
  }

  /** Maps the frame of `entry` into `space` too; a page that may be written becomes copy-on-write on both sides. */
  sharePage(entry: number, space: number, page: number): void {
    const frame = this.frame[entry]!;
    let bits = this.bits[entry]!;
    if ((bits & WRITABLE) !== 0) {
      bits = (bits & ~WRITABLE) | COPY_ON_WRITE;
      this.setEntry(entry, frame, bits);
    }
    this.memory.take(frame);
    this.setEntry(space * this.layout.pages + page, frame, bits);
  }
}
