// Compares the pages an op touched with the reference: those it should have changed, and those the target did change.
import type { Dialect } from '../spec/dialect.ts';
import type { Inspects } from '../spec/inspection.ts';
import * as law from '../spec/law.ts';
import type { ReadonlyReference } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import * as replies from '../spec/reply.ts';
import { layoutFor } from '../spec/tape.ts';
import * as shown from '../spec/transcript.ts';
import * as rights from '../spec/world.ts';
import type { World } from '../spec/world.ts';
import { View } from './view.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { MAYBE_OTHER, MAYBE_ZERO, PRIVATE, PRIVATE_FILE, SHARED, UNKNOWN, UNMAPPED } = law;
const { CLONE, EXEC, FORK, KWRITE, MADVISE, MMAP, MPROTECT, MREMAP, MUNMAP, SBRK, VFORK, WAIT, WRITE_OP } =
  op;
const { FORKED } = replies;
const { EXECUTABLE, REFERS } = shown;
const { READ } = rights;

/** The op in hand and what reads wrong after it. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Comparison {
  readonly dialect: Dialect;
  words: Int32Array = new Int32Array(0);
  at = 0;
  by = -1;
  reply = 0;
  reference!: ReadonlyReference;
  readonly wrong: Int32Array;
  wrongCount = 0;

  protected readonly world: World;
  protected readonly pages: number;
  protected readonly names: number;
  protected readonly view: View;
  protected readonly pageWords: number;
  /** Are there contents to be compared, and which bit of an entry says that it may be executed? */
  readonly #comparing: boolean;
  readonly #executing: number;
  /** Is there an area for mappings, so that pages may be shared? */
  readonly #sharing: boolean;

  constructor(world: World, names: number, dialect: Dialect, inspects: Inspects) {
    this.dialect = dialect;
    this.#comparing = inspects.contents;
    this.#executing = inspects.executable ? EXECUTABLE : 0;
    this.#sharing = world.spare?.map !== undefined;
    this.world = world;
    this.pages = layoutFor(world).pages;
    this.pageWords = world.pageSize / 4;
    this.names = names;
    this.view = new View(this.pages, names, this.pageWords);
    this.wrong = new Int32Array(3 * names * this.pages);
  }

  /** Compares every page of every process. */
  protected compareEverything(): void {
    this.wrongCount = 0;
    this.view.nextEpoch();
    for (let p = 0; p < this.names; p++) this.#compareAll(p);
  }

  /** Settles the section that the view shows, gathers its facts, and compares the pages that it may have changed. */
  protected examineSection(code: number): void {
    const { view, reference } = this;
    this.wrongCount = 0;
    if (this.#comparing) this.#compareNamed(code);
    if (view.unchanged) return view.pass();
    view.settleFor(reference.spaceOf, reference.permission, this.#executing);
    view.facts.weigh(reference);
    if (!this.#comparing) return;
    const { unread, unreadCount, writtenCount } = view;
    for (let i = 0; i < unreadCount; i++)
      this.#compareUsers(view.spaceAt[unread[i]!]!, view.pageAt[unread[i]!]!);
    if (writtenCount > 0) this.#compareWritten(writtenCount);
  }

  /** Compares the pages that the op should have changed, whether the target did or not. */
  #compareNamed(code: number): void {
    const { by, words, at } = this;
    switch (code) {
      case WRITE_OP:
        return this.#compareStored(by, words[at + 2]!, words[at + 2]!);
      case KWRITE:
      case WAIT: {
        const page = words[at + 2]!;
        if (page < 0) return;
        const length = code === WAIT ? 4 : words[at + 4]!;
        const last = page + (((words[at + 3]! + length - 1) / this.world.pageSize) | 0);
        return this.#compareStored(by, page, last);
      }
      case FORK:
      case CLONE:
      case VFORK:
        if (this.reply === FORKED) this.#compareAll(words[at + 2]!);
        return;
      case EXEC:
      case MMAP:
      case MUNMAP:
      case MPROTECT:
      case SBRK:
      case MADVISE:
      case MREMAP:
        return this.#compareAll(by);
    }
  }

  /** Every page that maps a frame whose bytes changed; the view remembers one of them, mostly the only one. */
  #compareWritten(count: number): void {
    const { written, mapped, mapper, bits, frame, spaceAt, pageAt, users, processOf, comparedAt, epoch } =
      this.view;
    const { held, pinned, facts } = this.view;
    const { pages } = this;
    for (let i = 0; i < count; i++) {
      const changed = written[i]!;
      if (held[changed]! > pinned[changed]! && facts.stained < 0) facts.stained = i;
      const mappings = mapped[changed]!;
      if (mappings === 0) continue;
      const entry = mapper[changed]!;
      if (mappings > 1 || frame[entry] !== changed || (bits[entry]! & REFERS) === 0) {
        this.#compareMappers(changed);
        continue;
      }
      const space = spaceAt[entry]!;
      const page = pageAt[entry]!;
      if (users[space] === 1 && comparedAt[processOf[space]! * pages + page] === epoch) continue;
      this.#compareUsers(space, page);
    }
  }

  #compareMappers(frame: number): void {
    const view = this.view;
    for (let p = 0; p < this.names; p++) {
      const space = view.spaceOf[p]!;
      if (space < 0) continue;
      const first = space * this.pages;
      for (let page = 0; page < this.pages; page++)
        if (view.frame[first + page] === frame) this.#comparePages(p, page, page);
    }
  }

  /** `page` of `space`, for every process that uses it. */
  #compareUsers(space: number, page: number): void {
    const view = this.view;
    const users = view.users[space]!;
    if (users === 0) return;
    if (users === 1) return this.#comparePages(view.processOf[space]!, page, page);
    for (let p = 0; p < this.names; p++) if (view.spaceOf[p] === space) this.#comparePages(p, page, page);
  }

  /** Pages that `by` stored to; a shared page for everybody who maps it. */
  #compareStored(by: number, first: number, last: number): void {
    const { reference } = this;
    const pages = this.pages;
    this.#comparePages(by, first, last);
    if (!this.#sharing) return;
    const own = reference.spaceOf[by]! * pages;
    for (let page = first; page <= last && page < pages; page++) {
      if (own < 0 || reference.kind[own + page]! < SHARED) continue;
      const block = reference.where[own + page]!;
      for (let p = 0; p < this.names; p++) {
        const space = reference.spaceOf[p]!;
        if (space < 0) continue;
        for (let q = 0; q < pages; q++)
          if (reference.where[space * pages + q] === block && reference.kind[space * pages + q] !== UNMAPPED)
            this.#comparePages(p, q, q);
      }
    }
  }

  #compareAll(process: number): void {
    this.#comparePages(process, 0, this.pages - 1);
  }

  /** Compares pages with the reference and notes those in which a byte differs. */
  #comparePages(process: number, first: number, last: number): void {
    const { reference } = this;
    const required = reference.spaceOf[process]!;
    if (required < 0) return;
    const view = this.view;
    const pages = this.pages;
    const size = this.pageWords;
    const { comparedAt: marks, epoch } = view;
    const found = view.spaceOf[process]!;
    const { words, permission, where } = reference;
    const { contents, bits, frame: frames } = view;
    const end = last < pages ? last + 1 : pages;
    for (let page = first; page < end; page++) {
      let entry = 0;
      let frame = 0;
      let i = 0;
      // Nothing is called in here: the compiler then keeps what it knows of the arrays.
      for (; page < end; page++) {
        const mark = process * pages + page;
        if (marks[mark] === epoch) continue;
        marks[mark] = epoch;
        entry = required * pages + page;
        if ((permission[entry]! & READ) === 0) continue;
        const seen = found * pages + page;
        frame = found < 0 || (bits[seen]! & REFERS) === 0 ? -1 : frames[seen]!;
        if (frame < 0) break;
        const from = where[entry]! * size;
        const to = frame * size;
        for (i = 0; i < size; i++) if (words[from + i] !== contents[to + i]) break;
        if (i < size) break;
      }
      if (page === end) return;
      if (frame < 0) this.#compareAbsent(process, page, entry);
      else if (reference.lazy[entry] === 0 || !mayRead(reference, entry, contents, frame * size)) {
        const difference = words[where[entry]! * size + i]! ^ contents[frame * size + i]!;
        this.#note(process, page, i * 4 + firstByte(difference));
      }
    }
  }

  /** Not present is right only on a target that fills pages on touch, for a page that still reads as when it was mapped. */
  #compareAbsent(process: number, page: number, entry: number): void {
    const { reference } = this;
    const size = this.pageWords;
    const kind = reference.kind[entry];
    if (kind === PRIVATE_FILE)
      return reference.where[entry] === entry ? this.#note(process, page, 0) : undefined;
    if (reference.lazy[entry] !== 0 && mayRead(reference, entry, undefined, 0)) return;
    if (this.dialect.zeroPages === 'present') return this.#note(process, page, 0);
    if (kind !== PRIVATE) return;
    const from = reference.where[entry]! * size;
    for (let i = 0; i < size; i++)
      if (reference.words[from + i] !== 0)
        return this.#note(process, page, i * 4 + firstByte(reference.words[from + i]!));
  }

  #note(process: number, page: number, offset: number): void {
    const n = 3 * this.wrongCount++;
    this.wrong[n] = process;
    this.wrong[n + 1] = page;
    this.wrong[n + 2] = offset;
  }
}

/** May a page that was freed lazily hold these words, from `at` on, instead of its own? Undefined: nothing but zeros. */
function mayRead(
  reference: ReadonlyReference,
  entry: number,
  words: Readonly<Int32Array> | undefined,
  at: number,
): boolean {
  const lazy = reference.lazy[entry]!;
  if ((lazy & UNKNOWN) !== 0) return true;
  const size = reference.world.pageSize / 4;
  const { alternative } = reference;
  const holds = (wanted: (i: number) => number): boolean => {
    for (let i = 0; i < size; i++) if ((words?.[at + i] ?? 0) !== wanted(i)) return false;
    return true;
  };
  if ((lazy & MAYBE_ZERO) !== 0 && holds(() => 0)) return true;
  const view = new DataView(alternative.buffer, alternative.byteOffset + entry * size * 4, size * 4);
  return (lazy & MAYBE_OTHER) !== 0 && holds(i => view.getInt32(i * 4, true));
}

/** Which byte of a word is the first that is not zero. */
function firstByte(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}
