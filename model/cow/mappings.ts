// Mapping ops of the COW model: mmap, munmap, mprotect, DONTNEED and the end of the heap.
import { MAPPING_KINDS, PRIVATE, SHARED, SHARED_FILE, UNMAPPED } from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { COPY_ON_WRITE, EXECUTABLE, PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { ACCESS_BITS, EXECUTE, READ, WRITE } from '../../spec/world.ts';
import { Faults } from './faults.ts';
import { SHARED_PAGE } from './memory.ts';

/** Spaces whose mappings can change. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Mappings extends Faults {
  /** Is this a range that the op takes? A range is refused before anything changes. */
  takesRange(space: number, code: number, page: number, offset: number, count: number): boolean {
    const { start, span, pages } = this.layout;
    if (code === op.SBRK) return this.heap[space]! + page >= 0 && this.heap[space]! + page <= span.heap;
    if (offset !== 0 || page + count > pages) return false;
    if (code === op.MUNMAP) return true;
    if (code === op.MMAP && (page < start.map || page + count > start.map + span.map)) return false;
    for (let p = page; p < page + count; p++)
      if ((this.kind[space * pages + p] === UNMAPPED) !== (code === op.MMAP)) return false;
    return true;
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
      this.access[entry] = ACCESS_BITS[access]!;
      const bits = this.bits[entry]!;
      if ((bits & PRESENT) === 0) continue;
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
    if ((this.bits[entry]! & PRESENT) === 0) return;
    const frame = this.frame[entry]!;
    this.setEntry(entry, -1, 0);
    this.memory.drop(frame);
  }

  /** The bits a present entry gets for its access; `writes` is what stands for permission to write. */
  bitsFor(entry: number, writes: number): number {
    const access = this.access[entry]!;
    return PRESENT | ((access & EXECUTE) !== 0 ? EXECUTABLE : 0) | ((access & WRITE) !== 0 ? writes : 0);
  }
}
