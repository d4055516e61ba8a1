// 64 bits that stand for many, as a low and a high word.
import xxhash, { type XXHashAPI } from 'xxhash-wasm';

export class Hash {
  readonly #hash: XXHashAPI;
  readonly #word = new BigUint64Array(1);
  readonly #words = new Uint32Array(this.#word.buffer);

  private constructor(hash: XXHashAPI) {
    this.#hash = hash;
  }

  static async load(): Promise<Hash> {
    return new Hash(await xxhash());
  }

  /** Writes the two words of `bytes` into `words`. */
  write(bytes: Uint8Array, words: Uint32Array): void {
    this.#word[0] = this.#hash.h64Raw(bytes);
    words[0] = this.#words[0]!;
    words[1] = this.#words[1]!;
  }
}
