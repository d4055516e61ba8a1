// Compares the pages an op touched with the reference: those it should have changed, and those the target did change.
import type { Dialect } from '../spec/dialect.ts';
import {
  MAYBE_OTHER,
  MAYBE_ZERO,
  PRIVATE,
  PRIVATE_FILE,
  type ReadonlyReference,
  SHARED,
  UNKNOWN,
  UNMAPPED,
} from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { FORKED } from '../spec/reply.ts';
import { layoutFor } from '../spec/tape.ts';
import { PRESENT, REFERS } from '../spec/transcript.ts';
import { READ, type World } from '../spec/world.ts';
import { View } from './view.ts';

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
  /** The op at which a page was compared last, so that none is compared twice. */
  protected readonly comparedAt: Int32Array;
  protected epoch = 0;

  constructor(world: World, names: number, dialect: Dialect) {
    this.dialect = dialect;
    this.world = world;
    this.pages = layoutFor(world).pages;
    this.pageWords = world.pageSize / 4;
    this.names = names;
    this.view = new View(this.pages, names, this.pageWords);
    this.comparedAt = new Int32Array(names * this.pages);
    this.wrong = new Int32Array(3 * names * this.pages);
  }

  /** Compares every page of every process. */
  protected compareEverything(): void {
    this.wrongCount = 0;
    this.epoch++;
    for (let p = 0; p < this.names; p++) this.compareAll(p);
  }

  protected compareTouched(code: number): void {
    const view = this.view;
    const { by, words, at } = this;
    this.epoch++;
    switch (code) {
      case op.WRITE_OP:
        this.#compareStored(by, words[at + 2]!, words[at + 2]!);
        break;
      case op.KWRITE:
      case op.WAIT: {
        const page = words[at + 2]!;
        if (page < 0) break;
        const length = code === op.WAIT ? 4 : words[at + 4]!;
        const last = page + (((words[at + 3]! + length - 1) / this.world.pageSize) | 0);
        this.#compareStored(by, page, last);
        break;
      }
      case op.FORK:
      case op.CLONE:
      case op.VFORK:
        if (this.reply === FORKED) this.compareAll(words[at + 2]!);
        break;
      case op.EXEC:
      case op.MMAP:
      case op.MUNMAP:
      case op.MPROTECT:
      case op.SBRK:
      case op.MADVISE:
      case op.MREMAP:
        this.compareAll(by);
        break;
    }
    // An entry that maps the frame it mapped before reads as before, unless those bytes changed.
    const { entries, entriesBefore, bitsBefore, bits, frame } = view;
    const marks = this.comparedAt;
    const pages = this.pages;
    const epoch = this.epoch;
    for (let i = 0; i < view.entryCount; i++) {
      const entry = entries[i]!;
      if (frame[entry] === entriesBefore[i] && ((bits[entry]! ^ bitsBefore[i]!) & PRESENT) === 0) continue;
      const space = view.spaceAt[entry]!;
      const page = view.pageAt[entry]!;
      const user = view.processOf[space]!;
      if (user < 0 || (view.users[space] === 1 && marks[user * pages + page] === epoch)) continue;
      this.#compareUsers(space, page);
    }
    for (let i = 0; i < view.writtenCount; i++) this.#compareMappers(view.written[i]!);
  }

  /** Every page that maps `frame`; the view remembers one of them, mostly the only one. */
  #compareMappers(frame: number): void {
    const view = this.view;
    const mapped = view.mapped[frame]!;
    if (mapped === 0) return;
    const mapper = view.mapper[frame]!;
    if (mapped === 1 && view.frame[mapper] === frame && (view.bits[mapper]! & REFERS) !== 0) {
      const space = view.spaceAt[mapper]!;
      const page = view.pageAt[mapper]!;
      const done =
        view.users[space] === 1 && this.comparedAt[view.processOf[space]! * this.pages + page] === this.epoch;
      return done ? undefined : this.#compareUsers(space, page);
    }
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
    if (this.world.spare?.map === undefined) return;
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

  protected compareAll(process: number): void {
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
    const marks = this.comparedAt;
    const epoch = this.epoch;
    const found = view.spaceOf[process]!;
    const { words, permission, where } = reference;
    const { contents } = view;
    for (let page = first; page <= last && page < pages; page++) {
      const mark = process * pages + page;
      if (marks[mark] === epoch) continue;
      marks[mark] = epoch;
      const entry = required * pages + page;
      if ((permission[entry]! & READ) === 0) continue;
      const seen = found * pages + page;
      const frame = found < 0 || (view.bits[seen]! & REFERS) === 0 ? -1 : view.frame[seen]!;
      if (frame < 0) this.#compareAbsent(process, page, entry);
      else {
        const from = where[entry]! * size;
        const to = frame * size;
        for (let i = 0; i < size; i++) {
          if (words[from + i] === contents[to + i]) continue;
          if (reference.lazy[entry] !== 0 && mayRead(reference, entry, contents, to)) break;
          this.#note(process, page, i * 4 + firstByte(words[from + i]! ^ contents[to + i]!));
          break;
        }
      }
    }
  }

  /** Not present is right only on a target that fills pages on touch, for a page that still reads as when it was mapped. */
  #compareAbsent(process: number, page: number, entry: number): void {
    const { reference } = this;
    const size = this.pageWords;
    const kind = reference.kind[entry];
    if (this.dialect.zeroPages === 'present' || (kind === PRIVATE_FILE && reference.where[entry] === entry))
      return this.#note(process, page, 0);
    if (kind !== PRIVATE || (reference.lazy[entry] !== 0 && mayRead(reference, entry, undefined, 0))) return;
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
  const view = new DataView(alternative.buffer, entry * size * 4, size * 4);
  return (lazy & MAYBE_OTHER) !== 0 && holds(i => view.getInt32(i * 4, true));
}

/** Which byte of a word is the first that is not zero. */
function firstByte(word: number): number {
  return (31 - Math.clz32(word & -word)) >> 3;
}
