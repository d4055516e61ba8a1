// Mapping ops of a random tape: ranges that are mostly right, now and then with a hole or out of bounds.
import * as op from '../../spec/op.ts';
import { ACCESSES, ADVICE, type Advice } from '../../spec/op.ts';
import * as law from '../../spec/law.ts';
import * as rights from '../../spec/world.ts';
import type { Pen } from './pen.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { MADVISE, MMAP, MPROTECT, MREMAP, MUNMAP, SBRK } = op;
const { PRIVATE, SHARED, UNMAPPED } = law;
const { WRITE } = rights;

const NONE = ACCESSES.indexOf('none');
const R = ACCESSES.indexOf('r');
const RW = ACCESSES.indexOf('rw');
const RX = ACCESSES.indexOf('rx');

/** Appends the mapping op `code` by `by`; `ill`: aimed wrong on purpose. */
export function mappingOp(w: Pen, code: number, by: number, ill: boolean): void {
  switch (code) {
    case MMAP:
      map(w, by, ill);
      return;
    case MUNMAP:
      return unmap(w, by, ill);
    case MPROTECT:
      return protect(w, by, mappedPage(w, by, ill), w.dice.chance(70) ? 1 : 2);
    case MREMAP:
      return move(w, by, ill);
    case SBRK:
      return moveBreak(w, by, ill ? 40 : 1 + w.dice.below(2));
    default:
      return discard(w, by, mappedPage(w, by, ill));
  }
}

/** Maps one or two pages of the area, of any kind; returns the first. */
export function map(w: Pen, by: number, ill: boolean, kind = w.dice.below(100)): number {
  const { dice, family, layout } = w;
  const { start, span } = layout;
  const mapping = kind < 40 ? 0 : kind < 65 ? 1 : kind < 85 ? 2 : 3;
  const roll = dice.below(100);
  const access = roll < 80 ? RW : roll < 92 ? R : roll < 96 ? NONE : RX;
  let page = start.map + dice.below(Math.max(1, span.map));
  if (!ill)
    for (let p = start.map; p < start.map + span.map; p++) if (family.kindOf(by, p) === UNMAPPED) page = p;
  if (ill && dice.chance(30)) page = dice.below(layout.pages);
  const room = start.map + span.map - page;
  const count = ill ? 1 + dice.below(3) : 1 + dice.below(Math.max(1, Math.min(2, room)));
  w.put(MMAP, by, page, 0, count, mapping, access);
  if (family.acts(by)) family.map(by, page, count, mapping, access);
  return page;
}

export function unmap(w: Pen, by: number, ill: boolean): void {
  const { dice, family, layout } = w;
  let page = mappedPage(w, by, ill);
  if (!ill && dice.chance(70)) page = inArea(w, by) ?? page;
  const count = dice.chance(75) ? 1 : 2;
  w.put(MUNMAP, by, page, 0, count);
  if (family.acts(by) && page + count <= layout.pages) family.unmap(by, page, count);
}

/** Takes write permission away where there is some, and gives it where there is none. */
export function protect(w: Pen, by: number, page: number, count: number): void {
  const { dice, family } = w;
  const writable = (family.accessOf(by, page) & WRITE) !== 0;
  const access = dice.chance(80) ? (writable ? R : RW) : dice.below(ACCESSES.length);
  w.put(MPROTECT, by, page, 0, count, access);
  if (family.acts(by)) family.protect(by, page, count, access);
}

export function moveBreak(w: Pen, by: number, pages: number): void {
  const { dice, family } = w;
  const count = dice.chance(50) ? pages : -pages;
  w.put(SBRK, by, count);
  if (family.acts(by)) family.moveBreak(by, count);
}

/** DONTNEED, or other advice where it is taken. */
export function discard(w: Pen, by: number, page: number): void {
  const { dice, options } = w;
  const { advice = [] } = options;
  const count = dice.chance(75) ? 1 : 2;
  if (advice.length > 1 && dice.chance(60)) return advise(w, by, page, count, dice.pick(advice));
  advise(w, by, page, count, 'dontneed');
}

export function advise(w: Pen, by: number, page: number, count: number, advice: Advice): void {
  w.put(MADVISE, by, page, 0, count, ADVICE.indexOf(advice));
  if (!w.family.acts(by)) return;
  if (advice === 'dontneed') w.family.discard(by, page, count);
  else if (advice !== 'free') w.family.withhold(by, page, count, advice === 'dontfork');
}

/** A page moves to a free place of the mapping area; where there is none, one is made. */
export function move(w: Pen, by: number, ill: boolean): void {
  const { dice, family, layout } = w;
  const page = mappedPage(w, by, ill);
  const free = areaPages(w, by, false);
  if (free.length === 0 && !ill) return unmap(w, by, false);
  const to = ill || free.length === 0 ? dice.below(layout.pages) : dice.pick(free);
  w.put(MREMAP, by, page, 0, 1, to, 0);
  const kind = family.kindOf(by, page);
  if (family.acts(by) && free.includes(to) && (kind === PRIVATE || kind === SHARED))
    family.move(by, page, to);
}

/** A page that is mapped; seldom one of text or rodata; any page if `ill`. */
function mappedPage(w: Pen, by: number, ill: boolean): number {
  if (ill) return w.dice.below(w.layout.pages);
  if (w.dice.chance(25)) return inArea(w, by) ?? w.writablePage(by);
  return w.dice.chance(92) ? w.writablePage(by) : 0;
}

/** Pages of the mapping area that are mapped, or that are free. */
function areaPages(w: Pen, by: number, mapped: boolean): readonly number[] {
  const { start, span } = w.layout;
  const found: number[] = [];
  for (let p = start.map; p < start.map + span.map; p++)
    if ((w.family.kindOf(by, p) !== UNMAPPED) === mapped) found.push(p);
  return found;
}

/** A mapped page of the mapping area. */
function inArea(w: Pen, by: number): number | undefined {
  const mapped = areaPages(w, by, true);
  return mapped.length === 0 ? undefined : w.dice.pick(mapped);
}
