// Reads the words and numbers of one answer line straight from its bytes.
import { BadLine, escaped } from './refusal.ts';

const SPACE = 0x20;
const SECTION = 0x3b; // ;

/** A place in a line. Nothing is copied; a line is looked at only while the cursor is on it. */
export class Cursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  #start = 0;

  set(bytes: Uint8Array, start: number, end: number): void {
    this.bytes = bytes;
    this.at = this.#start = start;
    this.end = end;
  }

  /** The whole line. */
  line(): Uint8Array {
    return this.bytes.subarray(this.#start, this.end);
  }

  /** Skips blanks; is there anything left? */
  get more(): boolean {
    while (this.at < this.end && this.bytes[this.at] === SPACE) this.at++;
    return this.at < this.end;
  }

  /** Does `word`, ended by a blank or the end, come next? Then it is read. */
  takes(word: string): boolean {
    if (!this.more) return false;
    const after = this.at + word.length;
    if (after > this.end || (after < this.end && this.bytes[after] !== SPACE)) return false;
    for (let i = 0; i < word.length; i++) if (this.bytes[this.at + i] !== word.charCodeAt(i)) return false;
    this.at = after;
    return true;
  }

  /** Reads `byte` if it comes next. */
  takesByte(byte: number): boolean {
    if (this.at >= this.end || this.bytes[this.at] !== byte) return false;
    this.at++;
    return true;
  }

  /** The next word, escaped; empty at a section or the end. */
  word(): string {
    if (!this.more || this.bytes[this.at] === SECTION) return '';
    const from = this.at;
    while (this.at < this.end && this.bytes[this.at] !== SPACE) this.at++;
    return escaped(this.bytes.subarray(from, this.at), 64);
  }

  /** A decimal number below 2^53, or -1 for `?`. */
  number(what: string): number {
    const { bytes, end } = this;
    while (this.at < end && bytes[this.at] === SPACE) this.at++;
    let at = this.at;
    if (bytes[at] === 0x3f && at < end) {
      this.at = at + 1;
      return -1;
    }
    let value = 0;
    for (; at < end; at++) {
      const digit = (bytes[at] ?? 0) - 0x30;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    if (at === this.at || value > Number.MAX_SAFE_INTEGER) this.fail(`${what}: a number below 2^53`);
    this.at = at;
    return value;
  }

  /** A number that must be known and at most `most`. */
  known(what: string, most: number): number {
    const value = this.number(what);
    if (value < 0 || value > most) this.fail(`${what}: a number from 0 to ${most}`);
    return value;
  }

  /** Two hex digits; -1 if none come next. */
  hexByte(): number {
    if (this.at + 1 >= this.end) return -1;
    const high = hexDigit(this.bytes[this.at] ?? 0);
    const low = hexDigit(this.bytes[this.at + 1] ?? 0);
    if (high < 0 || low < 0) return -1;
    this.at += 2;
    return high * 16 + low;
  }

  /** The rest of the line as text. */
  rest(): string {
    return escaped(this.bytes.subarray(this.at, this.end));
  }

  fail(accepted: string): never {
    throw new BadLine(this.at < this.end ? `"${this.rest()}"` : 'the end of the line', accepted);
  }
}

function hexDigit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
