// What the COW model does with pages on its own: swap, merging of equal pages, huge pages.
import { PRIVATE, UNMAPPED } from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { COPY_ON_WRITE, HUGE, LAZY, PRESENT, SWAPPED, WRITABLE } from '../../spec/transcript.ts';
import { WRITE } from '../../spec/world.ts';
import { DONE, HUGE_PAGES, NO_MEMORY, NOT_ALLOWED } from './faults.ts';
import { Mappings } from './mappings.ts';
import { UNMERGE_COPY } from './memory.ts';

/**
 * Only private anonymous pages that nobody has pinned are swapped, merged or joined; the advice is not taken for others.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Backing extends Mappings {
  /** The swap, merge or huge-page op `code`: DONE, taken or not; NO_MEMORY; or NOT_ALLOWED where nothing is mapped. */
  rearrange(code: number, space: number, page: number): number {
    const entry = space * this.layout.pages + page;
    if (page >= this.layout.pages || this.kind[entry] === UNMAPPED) return NOT_ALLOWED;
    if (this.kind[entry] !== PRIVATE) return DONE;
    if (code === op.SWAPIN) return this.isSwapped(entry) && !this.swapIn(entry) ? NO_MEMORY : DONE;
    if (code === op.COLLAPSE) return this.collapse(entry);
    if (!this.isMovable(entry)) return DONE;
    if (code === op.SWAPOUT) this.swapOut(entry);
    else if (code === op.MERGE) this.merge(entry);
    else if (code === op.UNMERGE) return this.unmerge(entry) ? DONE : NO_MEMORY;
    else if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    return DONE;
  }

  isSwapped(entry: number): boolean {
    return (this.bits[entry]! & SWAPPED) !== 0;
  }

  /** Is there a frame of data behind the entry? */
  isMovable(entry: number): boolean {
    return (this.bits[entry]! & PRESENT) !== 0 && this.frame[entry]! < this.memory.data;
  }

  /** May a device be using the frame? */
  isPinned(frame: number): boolean {
    return this.memory.pins[frame]! > 0;
  }

  /** All present entries that map `frame`. */
  mappersOf(frame: number): readonly number[] {
    const found: number[] = [];
    for (let entry = 0; entry < this.frame.length; entry++)
      if (this.frame[entry] === frame && (this.bits[entry]! & PRESENT) !== 0) found.push(entry);
    return found;
  }

  /** The frame goes to a slot, or nowhere if it was freed lazily and not stored to since; all its entries follow. */
  swapOut(entry: number): void {
    const { memory } = this;
    const frame = this.frame[entry]!;
    if (this.isPinned(frame)) return;
    const mappers = this.mappersOf(frame);
    const dropped = mappers.every(mapper => this.mayDrop(mapper));
    const slot = dropped ? -1 : this.chooseSlot(entry);
    if (slot < 0 && !dropped) return;
    if (!dropped) this.writeSlot(frame, slot);
    for (const mapper of mappers) {
      if ((this.bits[mapper]! & HUGE) !== 0) this.splitPage(mapper);
      if (!dropped) memory.take(slot);
      this.leaveFrame(mapper, frame, slot);
    }
  }

  /** Was the page freed lazily and not stored to since, for all that its entry shows? */
  mayDrop(entry: number): boolean {
    return (this.bits[entry]! & (LAZY | WRITABLE)) === LAZY;
  }

  /** A slot for the page of `entry`; -1: all are in use. */
  chooseSlot(_entry: number): number {
    return this.memory.takeSlot();
  }

  writeSlot(frame: number, slot: number): void {
    this.memory.copy(frame, slot);
  }

  /** One entry of a frame that is swapped out refers to its slot instead, or to nothing. */
  leaveFrame(entry: number, frame: number, slot: number): void {
    this.setEntry(entry, slot, slot < 0 ? 0 : SWAPPED);
    this.memory.drop(frame);
  }

  /** If another private page has the same bytes, both share its frame, copy-on-write. */
  merge(entry: number): void {
    const { memory } = this;
    const frame = this.frame[entry]!;
    const going = this.mappersOf(frame);
    if (!this.isMergeable(going)) return;
    for (let other = 0; other < this.frame.length; other++) {
      const kept = this.frame[other]!;
      if (kept === frame || this.kind[other] !== PRIVATE || !this.isMovable(other)) continue;
      if (!this.sameBytes(frame, kept)) continue;
      if (memory.count[kept]! + memory.count[frame]! > memory.mostCounted) continue;
      const staying = this.mappersOf(kept);
      if (!this.isMergeable(staying)) continue;
      for (const mapper of staying) this.protectMerged(mapper);
      for (const mapper of going) this.joinFrame(mapper, kept);
      return;
    }
  }

  /** Nobody else may see, or empty, the pages of these entries at any time. */
  isMergeable(entries: readonly number[]): boolean {
    return entries.every(
      entry =>
        this.kind[entry] === PRIVATE &&
        (this.bits[entry]! & LAZY) === 0 &&
        this.memory.pins[this.frame[entry]!] === 0,
    );
  }

  sameBytes(a: number, b: number): boolean {
    const { words, wordsPerFrame: size } = this.memory;
    for (let i = 0; i < size; i++) if (words[a * size + i] !== words[b * size + i]) return false;
    return true;
  }

  /** The entry keeps its frame, which more will hold from now on. */
  protectMerged(entry: number): void {
    if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    this.setEntry(entry, this.frame[entry]!, this.mergedBits(entry));
  }

  /** The entry gives up its frame for one with the same bytes. */
  joinFrame(entry: number, kept: number): void {
    if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    const frame = this.frame[entry]!;
    this.memory.take(kept);
    this.setEntry(entry, kept, this.mergedBits(entry));
    this.memory.drop(frame);
  }

  mergedBits(entry: number): number {
    const bits = this.bits[entry]! & ~WRITABLE;
    return (this.access[entry]! & WRITE) !== 0 ? bits | COPY_ON_WRITE : bits;
  }

  /** Gives a page that shares its frame one of its own. False: no memory. */
  unmerge(entry: number): boolean {
    if (this.isSole(this.frame[entry]!)) return true;
    if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    return this.copyPage(entry, UNMERGE_COPY, this.bits[entry]! & ~LAZY);
  }

  /** Joins pages that may be written, each with a frame of its own, to a huge one; what is shared is copied first. */
  collapse(entry: number): number {
    const space = this.spaceAt[entry]!;
    const parts = this.hugeParts(entry);
    if (parts.length < HUGE_PAGES || !parts.every(part => this.isCollapsible(part))) return DONE;
    for (const part of parts) if (!this.ownPart(space, part)) return NO_MEMORY;
    for (const part of parts) this.setEntry(part, this.frame[part]!, this.bits[part]! | HUGE);
    return DONE;
  }

  isCollapsible(entry: number): boolean {
    const pinned = (this.bits[entry]! & PRESENT) !== 0 && this.isPinned(this.frame[entry]!);
    return this.kind[entry] === PRIVATE && (this.access[entry]! & WRITE) !== 0 && !pinned;
  }

  /** A part of a huge page to be has a frame that nobody else holds. False: no memory. */
  ownPart(space: number, entry: number): boolean {
    return this.makeWritable(space, this.pageAt[entry]!) === DONE;
  }
}
