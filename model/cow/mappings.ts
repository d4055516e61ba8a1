// Mapping ops of the COW model: mmap, munmap, mprotect, DONTNEED and the end of the heap.
import { MAPPING_KINDS, PRIVATE, SHARED, SHARED_FILE, UNMAPPED } from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { COPY_ON_WRITE, HUGE, LAZY, PRESENT, REFERS, SWAPPED, WRITABLE } from '../../spec/transcript.ts';
import { ACCESS_BITS, READ, WRITE } from '../../spec/world.ts';
import { Faults } from './faults.ts';
import { SHARED_PAGE } from './memory.ts';
import { DONT_FORK, PERMISSIONS, WIPE } from './spaces.ts';

/** Spaces whose mappings can change. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Mappings extends Faults {
  /** Is this a range that the op takes? A range is refused before anything changes. */
  takesRange(
    space: number,
    code: number,
    page: number,
    offset: number,
    count: number,
    how: number,
    more: number,
  ): boolean {
    const { start, span, pages } = this.layout;
    if (code === op.SBRK) return this.heap[space]! + page >= 0 && this.heap[space]! + page <= span.heap;
    if (offset !== 0 || page + count > pages) return false;
    if (code === op.MUNMAP) return true;
    if (code === op.MMAP && (page < start.map || page + count > start.map + span.map)) return false;
    for (let p = page; p < page + count; p++)
      if ((this.kind[space * pages + p] === UNMAPPED) !== (code === op.MMAP)) return false;
    const kinds = this.kind.subarray(space * pages + page, space * pages + page + count);
    if (code === op.MADVISE && (how === op.FREE || how === op.WIPEONFORK))
      return kinds.every(kind => kind === PRIVATE);
    if (code !== op.MREMAP) return true;
    return (
      kinds.every(kind => kind === PRIVATE || kind === SHARED) &&
      this.takesRange(space, op.MMAP, how, more, count, 0, 0)
    );
  }

  /** False: no memory, and nothing is mapped. Private pages come on first touch, shared ones at once. */
  map(space: number, page: number, count: number, mapping: number, access: number): boolean {
    const kind = MAPPING_KINDS[mapping]!;
    for (let p = page; p < page + count; p++) {
      const entry = space * this.layout.pages + p;
      this.kind[entry] = kind;
      this.access[entry] = ACCESS_BITS[access]!;
      if (kind < SHARED || this.mapShared(entry, p)) continue;
      this.unmap(space, page, p - page + 1);
      return false;
    }
    return true;
  }

  /** The frame of a shared page is there from the start, so that every later holder finds the same one. */
  mapShared(entry: number, page: number): boolean {
    const { memory } = this;
    let frame = memory.file + page - this.layout.start.map;
    if (this.kind[entry] === SHARED_FILE) memory.take(frame);
    else frame = memory.allocateZeroed(SHARED_PAGE);
    if (frame < 0) return false;
    this.setEntry(entry, frame, this.bitsFor(entry, WRITABLE));
    return true;
  }

  unmap(space: number, page: number, count: number): void {
    for (let p = page; p < page + count; p++) {
      const entry = space * this.layout.pages + p;
      this.forgetPage(entry);
      this.kind[entry] = UNMAPPED;
      this.access[entry] = 0;
    }
  }

  /** A page that may be written again is copy-on-write, whoever holds its frame: the next store finds out. */
  protect(space: number, page: number, count: number, access: number): void {
    for (let p = page; p < page + count; p++) {
      const entry = space * this.layout.pages + p;
      this.access[entry] = (this.access[entry]! & ~PERMISSIONS) | ACCESS_BITS[access]!;
      const bits = this.bits[entry]!;
      if ((bits & PRESENT) === 0) continue;
      if ((bits & HUGE) !== 0) this.splitPage(entry);
      const direct = (bits & WRITABLE) !== 0 || this.kind[entry]! >= SHARED;
      this.setEntry(entry, this.frame[entry]!, this.bitsFor(entry, direct ? WRITABLE : COPY_ON_WRITE));
    }
  }

  /** DONTNEED: private pages are absent again; shared ones stay. */
  discard(space: number, page: number, count: number): void {
    for (let p = page; p < page + count; p++) {
      const entry = space * this.layout.pages + p;
      if (this.kind[entry]! < SHARED) this.forgetPage(entry);
    }
  }

  /** madvise, on a range that it takes. */
  advise(space: number, page: number, count: number, advice: number): void {
    if (advice === op.DONTNEED) return this.discard(space, page, count);
    for (let p = page; p < page + count; p++) {
      const entry = space * this.layout.pages + p;
      const access = this.access[entry]!;
      if (advice === op.FREE) this.freeLazily(entry);
      else if (advice === op.DOFORK) this.access[entry] = access & ~DONT_FORK;
      else if (advice === op.KEEPONFORK) this.access[entry] = access & ~WIPE;
      else this.access[entry] = access | (advice === op.DONTFORK ? DONT_FORK : WIPE);
    }
  }

  /** The page may be taken until it is stored to, which a fault will tell. A page that others hold stays. */
  freeLazily(entry: number): void {
    const { memory } = this;
    const bits = this.bits[entry]!;
    const frame = this.frame[entry]!;
    if ((bits & SWAPPED) !== 0) return this.forgetPage(entry);
    if ((bits & PRESENT) === 0 || frame >= memory.data || memory.count[frame] !== 1) return;
    if ((bits & HUGE) !== 0) this.splitPage(entry);
    const writes = (this.access[entry]! & WRITE) !== 0 ? COPY_ON_WRITE : 0;
    this.setEntry(entry, frame, (bits & ~(WRITABLE | HUGE)) | writes | LAZY);
  }

  /** mremap: entries go as they are; nothing is copied. */
  move(space: number, page: number, count: number, to: number): void {
    const first = space * this.layout.pages;
    for (let i = 0; i < count; i++) this.moveEntry(first + page + i, first + to + i);
  }

  moveEntry(from: number, to: number): void {
    if ((this.bits[from]! & HUGE) !== 0) this.splitPage(from);
    this.access[to] = this.access[from]!;
    this.kind[to] = this.kind[from]!;
    this.setEntry(to, this.frame[from]!, this.bits[from]!);
    this.access[from] = 0;
    this.kind[from] = UNMAPPED;
    this.setEntry(from, -1, 0);
  }

  moveBreak(space: number, count: number): void {
    const end = this.layout.start.heap + this.heap[space]!;
    this.heap[space] = this.heap[space]! + count;
    if (count < 0) return this.unmap(space, end + count, -count);
    for (let p = end; p < end + count; p++) {
      this.kind[space * this.layout.pages + p] = PRIVATE;
      this.access[space * this.layout.pages + p] = READ | WRITE;
    }
  }

  /** The entry becomes absent and its reference is given back. */
  forgetPage(entry: number): void {
    if ((this.bits[entry]! & REFERS) === 0) return;
    if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    const frame = this.frame[entry]!;
    this.setEntry(entry, -1, 0);
    this.memory.drop(frame);
  }
}
