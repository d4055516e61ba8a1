// Mapping ops of the reference: which ranges they take, and what they do to the pages.
import * as law from '../../spec/law.ts';
import { MAPPING_KINDS } from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import * as rights from '../../spec/world.ts';
import { ACCESS_BITS } from '../../spec/world.ts';
import { EagerMemory } from './memory.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { FREE, MADVISE, MMAP, MPROTECT, MREMAP, MUNMAP, SBRK, WIPEONFORK } = op;
const { PRIVATE, PRIVATE_FILE, SHARED, SHARED_FILE, UNMAPPED } = law;
const { READ, WRITE } = rights;

/** Memory whose layout can change. Indexes are in range by construction, hence the `!` on typed arrays. */
export class EagerMappings extends EagerMemory {
  /** Is this a range that the mapping op takes? Its packed operands behind the actor; `how` and `more` are the last two. */
  takesRange(
    space: number,
    code: number,
    page: number,
    offset: number,
    pages: number,
    how: number,
    more: number,
  ): boolean {
    const { start, span } = this.layout;
    const all = this.pages;
    if (code === SBRK) {
      const end = this.heap[space]! + page;
      return end >= 0 && end <= span.heap;
    }
    if (offset !== 0 || page + pages > all) return false;
    if (code === MUNMAP) return true;
    if (code === MMAP && (page < start.map || page + pages > start.map + span.map)) return false;
    for (let p = page; p < page + pages; p++)
      if ((this.kind[space * all + p] === UNMAPPED) !== (code === MMAP)) return false;
    if (code === MADVISE) return !this.refusesKind(space, page, pages, how);
    if (code !== MREMAP) return true;
    for (let p = page; p < page + pages; p++) {
      const kind = this.kind[space * all + p];
      if (kind !== PRIVATE && kind !== SHARED) return false;
    }
    return this.takesRange(space, MMAP, how, more, pages, 0, 0);
  }

  /** Only private anonymous pages are freed lazily, or wiped: is one of the range of another kind? */
  refusesKind(space: number, page: number, pages: number, advice: number): boolean {
    if (advice !== FREE && advice !== WIPEONFORK) return false;
    const first = space * this.pages + page;
    const mapped = this.kind.subarray(first, first + Math.min(pages, this.pages - page));
    return mapped.some(kind => kind !== PRIVATE && kind !== UNMAPPED);
  }

  /** How many more frames eager copying holds after the mapping op. */
  growth(space: number, code: number, page: number, pages: number, how: number, access: number): number {
    if (code === SBRK) return Math.max(0, page);
    if (code === MMAP) return MAPPING_KINDS[how] === SHARED_FILE ? 0 : pages;
    if (code !== MPROTECT || (ACCESS_BITS[access]! & WRITE) === 0) return 0;
    let more = 0;
    for (let p = page; p < page + pages; p++) if (this.becomesOwn(space * this.pages + p)) more++;
    return more;
  }

  map(space: number, page: number, pages: number, mapping: number, access: number): void {
    const { pageSize } = this;
    const kind = MAPPING_KINDS[mapping]!;
    for (let p = page; p < page + pages; p++) {
      const entry = space * this.pages + p;
      this.kind[entry] = kind;
      this.permission[entry] = ACCESS_BITS[access]!;
      this.where[entry] = entry;
      if (kind === PRIVATE_FILE || kind === SHARED_FILE)
        this.where[entry] = this.file + p - this.layout.start.map;
      if (kind === SHARED) {
        const free = this.users.indexOf(0);
        this.users[free] = 1;
        this.where[entry] = this.shared + free;
        this.frames++;
      }
      if (kind === PRIVATE || kind === SHARED) {
        const start = this.where[entry] * pageSize;
        this.bytes.fill(0, start, start + pageSize);
      }
      if (kind === PRIVATE || kind === PRIVATE_FILE) this.countOwn(space, entry);
    }
  }

  /** Up to the first hole. */
  protect(space: number, page: number, pages: number, access: number): void {
    for (let p = page; p < page + pages && p < this.pages; p++) {
      const entry = space * this.pages + p;
      if (this.kind[entry] === UNMAPPED) return;
      const bits = ACCESS_BITS[access]!;
      if ((bits & WRITE) !== 0 && this.becomesOwn(entry)) this.countOwn(space, entry);
      this.permission[entry] = bits;
    }
  }

  /** The heap grows by zero pages or loses its last ones. */
  moveBreak(space: number, pages: number): void {
    const { pageSize } = this;
    const end = this.layout.start.heap + this.heap[space]!;
    this.heap[space]! += pages;
    if (pages < 0) return this.unmap(space, end + pages, -pages);
    for (let p = end; p < end + pages; p++) {
      const entry = space * this.pages + p;
      this.kind[entry] = PRIVATE;
      this.permission[entry] = READ | WRITE;
      this.where[entry] = entry;
      this.bytes.fill(0, entry * pageSize, (entry + 1) * pageSize);
      this.countOwn(space, entry);
    }
  }

  /** mremap: each page goes with its bytes, or with the block it shares. */
  move(space: number, page: number, pages: number, to: number): void {
    const first = space * this.pages;
    for (let i = 0; i < pages; i++) this.moveEntry(first + page + i, first + to + i);
  }

  protected moveEntry(from: number, to: number): void {
    const { pageSize } = this;
    const block = this.where[from]!;
    this.kind[to] = this.kind[from]!;
    this.permission[to] = this.permission[from]!;
    this.counted[to] = this.counted[from]!;
    this.where[to] = block === from ? to : block;
    if (block === from) this.bytes.copyWithin(to * pageSize, from * pageSize, (from + 1) * pageSize);
    this.kind[from] = UNMAPPED;
    this.permission[from] = 0;
    this.counted[from] = 0;
    this.where[from] = from;
  }
}
