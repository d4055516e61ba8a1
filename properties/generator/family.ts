// Which pages are still shared, as the generator believes while it writes a tape.
import * as law from '../../spec/law.ts';
import { MAPPING_KINDS } from '../../spec/law.ts';
import * as rights from '../../spec/world.ts';
import { ACCESS_BITS, type Layout } from '../../spec/world.ts';
import { INIT, Kin } from './kin.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { IMAGE, PRIVATE, SHARED, UNMAPPED } = law;
const { READ, WRITE } = rights;

/** Origins of a page that has no frame to call its own yet: never written, or of the image or the file. */
const NOWHERE = -1;

/**
 * Follows a tape under the assumption that whatever may succeed does. Pages that came from one fork and were not
 * written since carry the same origin; `sharers` counts them. Belief only: no judgement rests on it.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Family extends Kin {
  readonly image: Int32Array;
  /** Frames copy-on-write would hold now: one for each origin that somebody still has. */
  used = 0;

  readonly #layout: Layout;
  readonly #pages: number;
  readonly #frames: number;
  readonly #spaceOf: Int32Array;
  readonly #access: Uint8Array;
  readonly #kind: Uint8Array;
  readonly #heap: Int32Array;
  /** Pages that children do not get, and is there any. */
  readonly #withheld: Uint8Array;
  #withholds = false;
  /** Pages that exec gives a frame at once, pages of the heap; and per image how many frames that takes. */
  readonly #eager: Uint8Array;
  readonly #inHeap: Uint8Array;
  readonly #eagerPages: readonly number[];
  /** Origin of each page of each space, or NOWHERE. */
  readonly #origin: Int32Array;
  #sharers = new Int32Array(1024);
  #origins = 0;

  /** `frames`: what the world has; Infinity if that is not declared. */
  constructor(layout: Layout, names: number, frames: number) {
    super(names);
    this.#frames = frames;
    this.#layout = layout;
    this.#pages = layout.pages;
    this.image = new Int32Array(names);
    this.#spaceOf = new Int32Array(names);
    this.#origin = new Int32Array(names * layout.pages);
    this.#access = new Uint8Array(names * layout.pages);
    this.#kind = new Uint8Array(names * layout.pages);
    this.#heap = new Int32Array(names);
    this.#withheld = new Uint8Array(names * layout.pages);
    this.#eager = Uint8Array.from(layout.segmentOf, segment =>
      segment === 'data' || segment === 'stack' ? 1 : 0,
    );
    this.#inHeap = Uint8Array.from(layout.segmentOf, segment => (segment === 'heap' ? 1 : 0));
    this.#eagerPages = layout.permissions.map(
      pages => pages.filter((access, page) => (access & WRITE) !== 0 && this.#eager[page] === 1).length,
    );
  }

  /** All of it, for the writer may ask about a process that does not exist: a tape depends on its seed alone. */
  reset(): void {
    this.forget();
    this.image.fill(0);
    this.#spaceOf.fill(0);
    this.#access.fill(0);
    this.#kind.fill(UNMAPPED);
    this.#heap.fill(0);
    if (this.#withholds) this.#withheld.fill(0);
    this.#withholds = false;
    this.#origin.fill(NOWHERE);
    this.#origins = 0;
    this.used = 0;
    this.begin(0, INIT);
    this.#load(0, 0);
  }

  /** How many pages still share their bytes with this one; 0 for a page without a frame of its own. */
  sharers(p: number, page: number): number {
    const origin = this.#origin[this.#spaceOf[p]! * this.#pages + page]!;
    return origin < 0 ? 0 : this.#sharers[origin]!;
  }

  /** May `p` store to the page, and does somebody else still share it? */
  sharesWritable(p: number, page: number): boolean {
    const entry = this.#spaceOf[p]! * this.#pages + page;
    const origin = this.#origin[entry]!;
    return origin >= 0 && this.#sharers[origin]! >= 2 && (this.#access[entry]! & WRITE) !== 0;
  }

  fork(p: number, child: number): void {
    this.begin(child, p);
    this.image[child] = this.image[p]!;
    this.#spaceOf[child] = child;
    const access = this.#access;
    const kind = this.#kind;
    const origins = this.#origin;
    const sharers = this.#sharers;
    const pages = this.#pages;
    const from = this.#spaceOf[p]! * pages;
    const to = child * pages;
    this.#heap[child] = this.#heap[this.#spaceOf[p]!]!;
    for (let page = 0; page < pages; page++) {
      const origin = origins[from + page]!;
      access[to + page] = access[from + page]!;
      kind[to + page] = kind[from + page]!;
      origins[to + page] = origin;
      if (origin >= 0) sharers[origin] = sharers[origin]! + 1;
    }
    if (!this.#withholds) return;
    for (let page = 0; page < pages; page++) {
      this.#withheld[to + page] = 0;
      if (this.#withheld[from + page] === 1) this.unmap(child, page, 1);
    }
  }

  vfork(p: number, child: number): void {
    this.begin(child, p);
    this.image[child] = this.image[p]!;
    this.#spaceOf[child] = this.#spaceOf[p]!;
    this.suspendedBy[p] = child;
  }

  /** `page` of `p` was stored to: it is its own now. False if there is no frame for it, and nothing changed. */
  write(p: number, page: number): boolean {
    if (page < 0 || page >= this.#pages) return true;
    const entry = this.#spaceOf[p]! * this.#pages + page;
    const origin = this.#origin[entry]!;
    if (this.#kind[entry]! >= SHARED || (origin >= 0 && this.#sharers[origin] === 1)) return true;
    if (this.used >= this.#frames) return false;
    this.#release(entry);
    this.#origin[entry] = this.#fresh();
    return true;
  }

  /** READ, WRITE, EXECUTE of a page of `p`; 0 where nothing is mapped or outside. */
  accessOf(p: number, page: number): number {
    return page >= this.#pages ? 0 : this.#access[this.#spaceOf[p]! * this.#pages + page]!;
  }

  kindOf(p: number, page: number): number {
    return page >= this.#pages ? UNMAPPED : this.#kind[this.#spaceOf[p]! * this.#pages + page]!;
  }

  /** Nothing happens if a page is mapped already or outside the area. */
  map(p: number, page: number, count: number, mapping: number, access: number): void {
    const { start, span, pages } = this.#layout;
    if (page < start.map || page + count > start.map + span.map) return;
    const first = this.#spaceOf[p]! * pages;
    for (let q = page; q < page + count; q++) if (this.#kind[first + q] !== UNMAPPED) return;
    const kind = MAPPING_KINDS[mapping]!;
    if (kind === SHARED && this.used + count > this.#frames) return;
    for (let entry = first + page; entry < first + page + count; entry++) {
      this.#kind[entry] = kind;
      this.#access[entry] = ACCESS_BITS[access]!;
      this.#origin[entry] = kind === SHARED ? this.#fresh() : NOWHERE;
    }
  }

  unmap(p: number, page: number, count: number): void {
    const first = this.#spaceOf[p]! * this.#pages;
    for (let entry = first + page; entry < first + page + count; entry++) {
      this.#release(entry);
      this.#kind[entry] = UNMAPPED;
      this.#access[entry] = 0;
      if (this.#withholds) this.#withheld[entry] = 0;
    }
  }

  /** Up to the first hole. */
  protect(p: number, page: number, count: number, access: number): void {
    const first = this.#spaceOf[p]! * this.#pages;
    for (let q = page; q < page + count && q < this.#pages; q++) {
      if (this.#kind[first + q] === UNMAPPED) return;
      this.#access[first + q] = ACCESS_BITS[access]!;
    }
  }

  discard(p: number, page: number, count: number): void {
    const first = this.#spaceOf[p]! * this.#pages;
    for (let q = page; q < page + count && q < this.#pages; q++)
      if (this.#kind[first + q]! < SHARED) this.#release(first + q);
  }

  /** Whether later children of `p` get these pages. */
  withhold(p: number, page: number, count: number, withheld: boolean): void {
    const first = this.#spaceOf[p]! * this.#pages;
    for (let q = page; q < page + count && q < this.#pages; q++) this.#withheld[first + q] = withheld ? 1 : 0;
    this.#withholds ||= withheld;
  }

  /** One page goes to another place, which is not mapped. */
  move(p: number, page: number, to: number): void {
    const first = this.#spaceOf[p]! * this.#pages;
    const from = first + page;
    for (const table of [this.#kind, this.#access, this.#origin]) table[first + to] = table[from]!;
    this.#kind[from] = UNMAPPED;
    this.#access[from] = 0;
    this.#origin[from] = NOWHERE;
  }

  moveBreak(p: number, count: number): void {
    const { start, span, pages } = this.#layout;
    const space = this.#spaceOf[p]!;
    const end = this.#heap[space]!;
    if (end + count < 0 || end + count > span.heap) return;
    this.#heap[space] = end + count;
    if (count < 0) return this.unmap(p, start.heap + end + count, -count);
    for (let q = start.heap + end; q < start.heap + end + count; q++) {
      this.#kind[space * pages + q] = PRIVATE;
      this.#access[space * pages + q] = READ | WRITE;
    }
  }

  /** Nothing happens if old and new image do not fit together. */
  exec(p: number, image: number): void {
    if (this.used + this.#eagerPages[image]! > this.#frames) return;
    if (this.borrows(p)) this.resume(p);
    else this.#leave(p);
    this.#load(p, image);
  }

  end(p: number): void {
    const borrowed = this.borrows(p);
    if (!borrowed) this.#leave(p);
    this.die(p);
    if (borrowed) this.resume(p);
  }

  #load(p: number, image: number): void {
    this.image[p] = image;
    this.#spaceOf[p] = p;
    const { pages, permissions } = this.#layout;
    const allowed = permissions[image]!;
    let heap = 0;
    for (let page = 0; page < pages; page++) {
      const entry = p * pages + page;
      const access = allowed[page]!;
      const own = (access & WRITE) !== 0;
      this.#access[entry] = access;
      this.#kind[entry] = access === 0 ? UNMAPPED : own ? PRIVATE : IMAGE;
      this.#origin[entry] = own && this.#eager[page] === 1 ? this.#fresh() : NOWHERE;
      if (own && this.#inHeap[page] === 1) heap++;
    }
    this.#heap[p] = heap;
  }

  #leave(p: number): void {
    const origins = this.#origin;
    const sharers = this.#sharers;
    const from = this.#spaceOf[p]! * this.#pages;
    for (let entry = from; entry < from + this.#pages; entry++) {
      const origin = origins[entry]!;
      if (origin < 0) continue;
      origins[entry] = NOWHERE;
      const left = sharers[origin]! - 1;
      sharers[origin] = left;
      if (left === 0) this.used--;
    }
  }

  /** One sharer less of what the entry holds; it holds nothing any more. */
  #release(entry: number): void {
    const origin = this.#origin[entry]!;
    if (origin < 0) return;
    this.#origin[entry] = NOWHERE;
    this.#sharers[origin] = this.#sharers[origin]! - 1;
    if (this.#sharers[origin] === 0) this.used--;
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
