// The digest of a search: all tapes and replies, in order, hashed a good portion at a time.
import xxhash, { type XXHash } from 'xxhash-wasm';

/**
 * Words kept back before they are hashed: a call into the hash costs more than copying a tape. No more than 8 kB, or the
 * search loses to the processor's cache what it saves in calls.
 */
const PORTION = 2048;

/** The hash, compiled once for all searches of this process. */
let compiled: ReturnType<typeof xxhash> | undefined;

export class Digest {
  readonly #hash: XXHash<bigint>;
  readonly #kept = new Int32Array(PORTION);
  readonly #bytes = new Uint8Array(this.#kept.buffer);
  #count = 0;

  private constructor(hash: XXHash<bigint>) {
    this.#hash = hash;
  }

  static async start(): Promise<Digest> {
    compiled ??= xxhash();
    return new Digest((await compiled).create64());
  }

  /** The first `count` of `words`. */
  add(words: Int32Array, count: number): void {
    if (this.#count + count > PORTION) this.#flush();
    if (count > PORTION) this.#hash.update(new Uint8Array(words.buffer, words.byteOffset, count * 4));
    else {
      this.#kept.set(words.subarray(0, count), this.#count);
      this.#count += count;
    }
  }

  /** Sixteen hexadecimal digits. */
  text(): string {
    this.#flush();
    return this.#hash.digest().toString(16).padStart(16, '0');
  }

  #flush(): void {
    this.#hash.update(this.#bytes.subarray(0, this.#count * 4));
    this.#count = 0;
  }
}
