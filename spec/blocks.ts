// The state of something made of typed arrays, in blocks of words that can be copied and compared without knowing what they mean.

/** Something all of whose state is in `blocks`, which are the same ones for good. */
export interface Stateful {
  readonly blocks: readonly Int32Array[];
  /** Before the blocks are read: brings there what is kept in fields. */
  gather(): void;
  /** After they were written: takes it back. */
  scatter(): void;
}

/** Columns that lie side by side: those of words, then those of bytes. */
export class Block {
  readonly all: Int32Array;
  /** In bytes: where the next column begins. */
  #at = 0;

  /** `words`, `bytes`: how many there are in all columns together. */
  constructor(words: number, bytes = 0) {
    this.all = new Int32Array(words + Math.ceil(bytes / 4));
  }

  words(length: number): Int32Array {
    const column = new Int32Array(this.all.buffer, this.#at, length);
    this.#at += column.byteLength;
    return column;
  }

  bytes(length: number): Uint8Array {
    const column = new Uint8Array(this.all.buffer, this.#at, length);
    this.#at += length;
    return column;
  }
}

/** The bytes of a column of words. */
export function bytesOf(words: Int32Array): Uint8Array {
  return new Uint8Array(words.buffer, words.byteOffset, words.byteLength);
}
