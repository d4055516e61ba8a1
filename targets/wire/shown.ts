// What a program has shown of itself, kept so that a transcript holds changes only and small dense tokens.
import {
  COPY_ON_WRITE,
  EXCLUSIVE,
  EXECUTABLE,
  PRESENT,
  SWAPPED,
  type Transcript,
  WRITABLE,
} from '../../spec/transcript.ts';
import { MOST_PINS } from '../../spec/op.ts';
import type { Cursor } from './cursor.ts';

const SECTION = 0x3b; // ;
const COLON = 0x3a;
const BITS: Readonly<Record<number, number>> = {
  0x77: WRITABLE,
  0x78: EXECUTABLE,
  0x65: EXCLUSIVE,
  0x63: COPY_ON_WRITE,
  0x73: SWAPPED,
  0x2d: 0,
};

/** Most frames one run may name. */
const MOST_FRAMES = 1 << 21;

/**
 * The program may list whole processes; what it lists is compared with what was listed before. Space tokens are small
 * numbers, given back when no process holds the space; frame tokens count up within a run, so that none is reused
 * while an invariant may still compare it.
 */
export class Shown {
  readonly #pages: number;
  readonly #pageSize: number;
  #names = 0;
  /** Dense space of each process, -1 for none; and the program's own token for each dense space. */
  #spaceOf = new Int32Array(0);
  #rawOf: number[] = [];
  #frame = new Int32Array(0);
  #bits = new Uint8Array(0);
  readonly #frames = new Map<number, number>();
  /** Dense frames named in this section that no `f` record has described yet. */
  #fresh: number[] = [];
  #described = new Uint8Array(64);
  #nextFrame: Int32Array;
  #nextBits: Uint8Array;
  readonly #words: Int32Array;

  constructor(pages: number, pageSize: number) {
    this.#pages = pages;
    this.#pageSize = pageSize;
    this.#nextFrame = new Int32Array(pages);
    this.#nextBits = new Uint8Array(pages);
    this.#words = new Int32Array(pageSize >> 2);
  }

  /** Nothing is known: the state before section 0. */
  reset(): void {
    this.#spaceOf.fill(-1);
    this.#rawOf = [];
    this.#frame.fill(-1);
    this.#bits.fill(0);
    this.#frames.clear();
    this.#described.fill(0);
  }

  /** Room for process numbers below `names`. */
  reserve(names: number): void {
    if (names <= this.#names) return;
    const spaceOf = new Int32Array(names).fill(-1);
    spaceOf.set(this.#spaceOf);
    const frame = new Int32Array((names + 2) * this.#pages).fill(-1);
    frame.set(this.#frame);
    const bits = new Uint8Array((names + 2) * this.#pages);
    bits.set(this.#bits);
    this.#names = names;
    this.#spaceOf = spaceOf;
    this.#frame = frame;
    this.#bits = bits;
  }

  /** Reads all sections of a line into a section of the log. */
  read(cursor: Cursor, into: Transcript): void {
    this.#fresh = [];
    const processes: number[] = [];
    while (cursor.more) {
      if (!cursor.takesByte(SECTION)) cursor.fail('" ; " between sections');
      if (cursor.takes('p')) processes.push(this.#skipProcess(cursor));
      else if (cursor.takes('f')) this.#readFrames(cursor, into);
      else if (cursor.takes('c')) this.#readContents(cursor, into);
      else if (cursor.takes('t'))
        into.totals(cursor.number('data frames in use'), cursor.number('table frames'));
      else if (cursor.takes('m')) into.faults(cursor.known('faults', 0x7fffffff));
      else if (cursor.takes('n')) this.#readPins(cursor, into);
      else cursor.fail('a section p, f, c, t, m or n');
    }
    if (processes.length > 0) this.#readProcesses(cursor, processes, into);
    for (const frame of this.#fresh) {
      if (this.#described[frame] === 1) continue;
      this.#described[frame] = 1;
      into.frame(frame, -1, -1, -1);
    }
    into.endSection();
  }

  /** Notes where a `p` section starts: spaces can only be told apart once all of them have been seen. */
  #skipProcess(cursor: Cursor): number {
    const at = cursor.at;
    while (cursor.at < cursor.end && cursor.bytes[cursor.at] !== SECTION) cursor.at++;
    return at;
  }

  #readProcesses(cursor: Cursor, places: readonly number[], into: Transcript): void {
    const end = cursor.at;
    const named = new Map<number, number>();
    for (const place of places) {
      cursor.at = place;
      const process = cursor.known('a process', this.#names - 1);
      named.set(process, cursor.takes('-') ? -1 : cursor.known('a space', Number.MAX_SAFE_INTEGER));
    }
    const touched = this.#moveProcesses(named, into);
    for (const place of places) {
      cursor.at = place;
      const process = cursor.known('a process', this.#names - 1);
      if (cursor.takes('-')) {
        if (cursor.more && cursor.bytes[cursor.at] !== SECTION) cursor.fail('" ; " or the end of the line');
        continue;
      }
      cursor.number('a space');
      const space = this.#spaceOf[process] ?? -1;
      this.#readEntries(cursor);
      if (touched.delete(space)) this.#tell(space, into);
    }
    this.#nextBits.fill(0);
    for (const space of touched) if (!this.#spaceOf.includes(space)) this.#tell(space, into);
    cursor.at = end;
  }

  /** Gives every named process its dense space; returns the spaces to compare: the named ones and those let go. */
  #moveProcesses(named: ReadonlyMap<number, number>, into: Transcript): Set<number> {
    const touched = new Set<number>();
    const held = new Map<number, number>();
    const before = new Map<number, number>();
    for (const [process, raw] of named) {
      const old = this.#spaceOf[process] ?? -1;
      before.set(process, old);
      if (old >= 0) touched.add(old);
      this.#spaceOf[process] = old >= 0 && raw === this.#rawOf[old] ? old : -1;
    }
    for (let process = 0; process < this.#names; process++) {
      const space = this.#spaceOf[process] ?? -1;
      if (space >= 0) held.set(this.#rawOf[space] ?? -1, space);
    }
    for (const [process, raw] of named) {
      let space = this.#spaceOf[process] ?? -1;
      if (raw >= 0 && space < 0) {
        const known = held.get(raw);
        space = known ?? this.#freeSpace();
        held.set(raw, space);
        this.#spaceOf[process] = space;
        this.#rawOf[space] = raw;
        touched.add(space);
      }
      if (space !== before.get(process)) into.space(process, space);
    }
    return touched;
  }

  #freeSpace(): number {
    let space = 0;
    while (this.#spaceOf.includes(space)) space++;
    return space;
  }

  /** The entries of one process into `next`. */
  #readEntries(cursor: Cursor): void {
    const next = this.#nextFrame;
    const bits = this.#nextBits;
    bits.fill(0);
    while (cursor.more && cursor.bytes[cursor.at] !== SECTION) {
      const page = cursor.known('a page', this.#pages - 1);
      if (!cursor.takesByte(COLON)) cursor.fail('PAGE:FRAME:BITS');
      const raw = cursor.number('a frame');
      if (!cursor.takesByte(COLON)) cursor.fail('PAGE:FRAME:BITS');
      let set = 0;
      for (let letter = 0; ; letter++) {
        const bit = BITS[cursor.at < cursor.end ? (cursor.bytes[cursor.at] ?? 0) : 0];
        if (bit === undefined) {
          if (letter === 0) cursor.fail('bits: some of w, x, e, c, s, or -');
          break;
        }
        set |= bit;
        cursor.at++;
      }
      if (bits[page] !== 0) cursor.fail(`page ${page} once in a section p`);
      bits[page] = (set & SWAPPED) !== 0 ? set : set | PRESENT;
      next[page] = raw < 0 ? -1 : this.#token(raw, cursor);
    }
  }

  /** Writes the difference between `next` and what was known of `space`. */
  #tell(space: number, into: Transcript): void {
    const base = space * this.#pages;
    for (let page = 0; page < this.#pages; page++) {
      const bits = this.#nextBits[page] ?? 0;
      const frame = bits === 0 ? -1 : (this.#nextFrame[page] ?? -1);
      if (this.#frame[base + page] === frame && this.#bits[base + page] === bits) continue;
      this.#frame[base + page] = frame;
      this.#bits[base + page] = bits;
      into.entry(space, page, frame, bits);
    }
  }

  #token(raw: number, cursor: Cursor): number {
    const known = this.#frames.get(raw);
    if (known !== undefined) return known;
    const token = this.#frames.size;
    if (token >= MOST_FRAMES) cursor.fail(`at most ${MOST_FRAMES} different frames in a run`);
    this.#frames.set(raw, token);
    if (token >= this.#described.length) {
      const longer = new Uint8Array(this.#described.length * 2);
      longer.set(this.#described);
      this.#described = longer;
    }
    this.#fresh.push(token);
    return token;
  }

  #readFrames(cursor: Cursor, into: Transcript): void {
    while (cursor.more && cursor.bytes[cursor.at] !== SECTION) {
      const raw = cursor.known('a frame', Number.MAX_SAFE_INTEGER);
      const count = this.#readCount(cursor);
      const free = this.#readCount(cursor);
      const held = this.#readCount(cursor);
      const frame = this.#token(raw, cursor);
      this.#described[frame] = 1;
      into.frame(frame, count, free, held);
    }
  }

  #readPins(cursor: Cursor, into: Transcript): void {
    while (cursor.more && cursor.bytes[cursor.at] !== SECTION) {
      const pin = cursor.known('a pin', MOST_PINS - 1);
      if (!cursor.takesByte(COLON)) cursor.fail('PIN:FRAME');
      into.pin(
        pin,
        cursor.takes('-') ? -1 : this.#token(cursor.known('a frame', Number.MAX_SAFE_INTEGER), cursor),
      );
    }
  }

  #readCount(cursor: Cursor): number {
    if (!cursor.takesByte(COLON)) cursor.fail('FRAME:COUNT:FREE:HELD');
    const value = cursor.number('a count');
    return value > 0x7fffffff ? cursor.fail('a count below 2^31') : value;
  }

  #readContents(cursor: Cursor, into: Transcript): void {
    while (cursor.more && cursor.bytes[cursor.at] !== SECTION) {
      const raw = cursor.known('a frame', Number.MAX_SAFE_INTEGER);
      if (!cursor.takesByte(COLON)) cursor.fail('FRAME:HEX');
      this.#words.fill(0);
      for (let i = 0; i < this.#pageSize; i++) {
        const byte = cursor.hexByte();
        if (byte < 0) cursor.fail(`${this.#pageSize} bytes in hex`);
        this.#words[i >> 2] = (this.#words[i >> 2] ?? 0) | (byte << ((i & 3) * 8));
      }
      into.contents(this.#token(raw, cursor), this.#words, 0, this.#words.length);
    }
  }
}
