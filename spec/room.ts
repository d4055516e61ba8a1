// Where machines keep what they remember from op to op: columns side by side, so that a state can be copied and compared as a whole.

/** Words that are taken at a time. */
const CHUNK = 4096;

/** Grows by columns; none is ever given back. */
export class Room {
  readonly #chunks: { readonly words: Int32Array; used: number }[] = [];

  words(length: number): Int32Array {
    let last = this.#chunks.at(-1);
    if (last === undefined || last.used + length > last.words.length) {
      last = { words: new Int32Array(Math.max(CHUNK, length)), used: 0 };
      this.#chunks.push(last);
    }
    last.used += length;
    return last.words.subarray(last.used - length, last.used);
  }

  bytes(length: number): Uint8Array {
    return bytesOf(this.words(Math.ceil(length / 4))).subarray(0, length);
  }

  /** All columns that there are so far. */
  get blocks(): readonly Int32Array[] {
    return this.#chunks.map(({ words, used }) => words.subarray(0, used));
  }
}

/** Something that keeps all its state in a room, once it has put it there. */
export interface Stateful {
  /** Brings to the room what is kept in fields meanwhile. */
  gather(): void;
  /** Takes it from there again. */
  scatter(): void;
}

/** The words of a column of bytes that begins where a word does and has no part of one at its end. */
export function wordsOf(bytes: Readonly<Uint8Array>): Int32Array {
  return new Int32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

/** The bytes of a column of words. */
export function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
