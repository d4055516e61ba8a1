// Advice to the reference: what fork leaves out or wipes, and pages that were freed lazily and read one thing or another.
import * as law from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import type { Room } from '../../spec/room.ts';
import { fillByte, type World } from '../../spec/world.ts';
import { EagerPins } from './pins.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { DONTNEED, FREE, MOST_PINS, PIN_READ } = op;
const { INHERITED, MAYBE_OTHER, MAYBE_ZERO, NOT_INHERITED, PRIVATE, SETTLED, UNKNOWN, UNMAPPED, WIPED } = law;

/** The mark that each advice about fork sets, and the one that it takes away. */
const SETS: Readonly<Record<number, number>> = { [op.DONTFORK]: NOT_INHERITED, [op.WIPEONFORK]: WIPED };
const CLEARS: Readonly<Record<number, number>> = { [op.DOFORK]: NOT_INHERITED, [op.KEEPONFORK]: WIPED };

/** Numbers that are part of the state: frames, pins, marked, freed. */
const NUMBERS = 4;

const UNSETTLED = MAYBE_ZERO | MAYBE_OTHER | UNKNOWN;

/**
 * A lazily freed page reads its last bytes or zeros, until somebody sees which. Both are kept, and a store goes to both.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class EagerAdvice extends EagerPins {
  readonly inherit: Uint8Array;
  readonly lazy: Uint8Array;
  readonly alternative: Uint8Array;
  /** Pins of pages that were freed lazily: nobody knows what they show. */
  protected readonly pinGuessed: Uint8Array;
  /** Is there any entry with a mark, any that was freed lazily, since the start? */
  marked = false;
  #freed = false;
  readonly #numbers: Int32Array;

  constructor(world: World, names: number, room: Room) {
    super(world, names, room);
    const entries = this.kind.length;
    this.#numbers = room.words(NUMBERS);
    this.alternative = room.bytes(entries * world.pageSize);
    this.inherit = room.bytes(entries);
    this.lazy = room.bytes(entries);
    this.pinGuessed = room.bytes(MOST_PINS);
  }

  gather(): void {
    const numbers = this.#numbers;
    numbers[0] = this.frames;
    numbers[1] = this.pins;
    numbers[2] = this.marked ? 1 : 0;
    numbers[3] = this.#freed ? 1 : 0;
  }

  scatter(): void {
    const numbers = this.#numbers;
    this.frames = numbers[0]!;
    this.pins = numbers[1]!;
    this.marked = numbers[2] === 1;
    this.#freed = numbers[3] === 1;
  }

  protected override forgetAll(): void {
    super.forgetAll();
    if (this.marked) this.inherit.fill(INHERITED);
    if (this.#freed) this.lazy.fill(0);
    this.marked = false;
    this.#freed = false;
  }

  /** How many frames a copy of the space takes. */
  copySize(space: number): number {
    let size = this.held[space]!;
    if (!this.marked) return size;
    const { pages } = this;
    for (let entry = space * pages; entry < (space + 1) * pages; entry++)
      if ((this.inherit[entry]! & NOT_INHERITED) !== 0) size -= this.counted[entry]!;
    return size;
  }

  /** madvise, on a range that it takes. */
  advise(space: number, page: number, pages: number, advice: number, image: number): void {
    if (advice === DONTNEED) return this.discard(space, page, pages, image);
    for (let p = page; p < page + pages && p < this.pages; p++) {
      const entry = space * this.pages + p;
      if (this.kind[entry] === UNMAPPED) continue;
      if (advice === FREE) this.#free(entry);
      else {
        this.inherit[entry] = (this.inherit[entry]! | (SETS[advice] ?? 0)) & ~(CLEARS[advice] ?? 0);
        this.marked = true;
      }
    }
  }

  /** A pinned page is not taken; what its device sees from now on is not worth two histories. */
  override pin(space: number, page: number, access: number, handle: number): void {
    const entry = space * this.pages + page;
    const unsettled = (this.lazy[entry]! & UNSETTLED) !== 0;
    if (unsettled) this.lazy[entry] = UNKNOWN;
    super.pin(space, page, access, handle);
    this.pinGuessed[handle] = unsettled ? 1 : 0;
  }

  /** Somebody has read `found` at an offset of a page: if it was freed lazily, that settles what can be settled. */
  settle(space: number, page: number, offset: number, found: Uint8Array): void {
    if (!this.#freed) return;
    const entry = space * this.pages + page;
    const lazy = this.lazy[entry]! & UNSETTLED;
    if (lazy === 0) return;
    const { pageSize } = this;
    const at = this.where[entry]! * pageSize + offset;
    const shows = (byte: (i: number) => number): boolean => found.every((seen, i) => seen === byte(i));
    if ((lazy & UNKNOWN) !== 0) return this.bytes.set(found, at);
    if (shows(i => this.bytes[at + i]!)) return;
    const other = entry * pageSize;
    if ((lazy & MAYBE_OTHER) !== 0 && shows(i => this.alternative[other + offset + i]!)) {
      this.bytes.set(this.alternative.subarray(other, other + pageSize), at - offset);
      this.lazy[entry] = (lazy & MAYBE_ZERO) | SETTLED;
    } else if ((lazy & MAYBE_ZERO) !== 0 && shows(() => 0)) {
      this.bytes.fill(0, at - offset, at - offset + pageSize);
      this.lazy[entry] = SETTLED;
    }
  }

  /** Does pin `handle` refer to a page whose bytes are not settled? */
  pinUnsettled(handle: number): boolean {
    return this.pinGuessed[handle] === 1;
  }

  strayPins(sharing: boolean): number {
    let stray = 0;
    for (let handle = 0; this.pins > 0 && handle < MOST_PINS; handle++) {
      if (this.pinBlock[handle]! < 0) continue;
      if (this.pinGuessed[handle] === 1 || (sharing && this.pinAccess[handle] === PIN_READ)) stray++;
    }
    return stray;
  }

  /** Is the page, or any page of the range, one whose bytes are not settled? */
  unsettled(space: number, page: number, offset: number, length: number): boolean {
    if (!this.#freed) return false;
    const last = page + Math.floor((offset + length - 1) / this.pageSize);
    for (let p = page; p <= last && p < this.pages; p++)
      if ((this.lazy[space * this.pages + p]! & UNSETTLED) !== 0) return true;
    return false;
  }

  protected override copy(from: number, to: number): void {
    super.copy(from, to);
    if (!this.marked && !this.#freed) return;
    const { pageSize } = this;
    const { pages } = this;
    for (let page = 0; page < pages; page++) {
      const source = from * pages + page;
      const target = to * pages + page;
      // A child has not freed what its parent had.
      this.lazy[target] = (this.lazy[source]! & UNSETTLED) === 0 ? 0 : this.lazy[source]!;
      if (this.lazy[source] !== 0)
        this.alternative.copyWithin(target * pageSize, source * pageSize, (source + 1) * pageSize);
      const mark = this.inherit[source]!;
      this.inherit[target] = mark;
      if ((mark & NOT_INHERITED) !== 0) this.unmap(to, page, 1);
      if (mark !== WIPED) continue;
      this.bytes.fill(0, this.where[target]! * pageSize, (this.where[target]! + 1) * pageSize);
      this.lazy[target] = 0;
    }
  }

  override store(space: number, page: number, offset: number, length: number, value: number): void {
    if (this.unsettled(space, page, offset, length)) {
      const { pageSize } = this;
      for (let done = 0, p = page, from = offset; done < length; p++, from = 0) {
        const part = Math.min(length - done, pageSize - from);
        this.#storeBoth(space * this.pages + p, from, part, value, done);
        done += part;
      }
    }
    super.store(space, page, offset, length, value);
  }

  /** To the alternative what `store` is about to do to the page. */
  #storeBoth(entry: number, offset: number, length: number, value: number, from: number): void {
    const lazy = this.lazy[entry]! & UNSETTLED;
    if (lazy === 0) return;
    const { pageSize } = this;
    if (length === pageSize) this.lazy[entry] = 0;
    else if ((lazy & UNKNOWN) !== 0 || lazy === (MAYBE_OTHER | MAYBE_ZERO))
      this.lazy[entry] = UNKNOWN | SETTLED;
    else {
      const start = entry * pageSize;
      if (lazy === MAYBE_ZERO) this.alternative.fill(0, start, start + pageSize);
      this.lazy[entry] = MAYBE_OTHER | SETTLED;
      for (let i = 0; i < length; i++) this.alternative[start + offset + i] = fillByte(value, from + i);
    }
  }

  #free(entry: number): void {
    if (this.kind[entry] !== PRIVATE) return;
    this.lazy[entry] = (this.lazy[entry]! & UNSETTLED) | MAYBE_ZERO;
    this.#freed = true;
    if (this.where[entry]! < this.pool) return;
    this.lazy[entry] = UNKNOWN;
    for (let handle = 0; handle < MOST_PINS; handle++)
      if (this.pinBlock[handle] === this.where[entry]) this.pinGuessed[handle] = 1;
  }

  protected override letGo(entry: number): void {
    super.letGo(entry);
    this.lazy[entry] = 0;
  }

  protected override drop(space: number): void {
    const { pages } = this;
    if (this.marked) this.inherit.fill(INHERITED, space * pages, (space + 1) * pages);
    if (this.#freed) this.lazy.fill(0, space * pages, (space + 1) * pages);
    super.drop(space);
  }

  override unmap(space: number, page: number, pages: number): void {
    super.unmap(space, page, pages);
    const first = space * this.pages + page;
    if (this.marked) this.inherit.fill(INHERITED, first, first + Math.min(pages, this.pages - page));
  }

  protected override moveEntry(from: number, to: number): void {
    super.moveEntry(from, to);
    const { pageSize } = this;
    this.inherit[to] = this.inherit[from]!;
    this.lazy[to] = this.lazy[from]!;
    this.inherit[from] = INHERITED;
    this.lazy[from] = 0;
    this.alternative.copyWithin(to * pageSize, from * pageSize, (from + 1) * pageSize);
  }
}
