// States that were looked at lately under the names they have, and what stands for each: most moves lead to one of these.

/** States that are remembered; a new one takes the place of another. */
const SLOTS = 1 << 12;

/** Both by 64 bits, as a low and a high word. Indexes are in range by construction, hence the `!`. */
export class Recent {
  readonly #words = new Uint32Array(4 * SLOTS);

  /** Writes into `words` what stands for the state that they are of. False: it is not remembered. */
  find(words: Uint32Array): boolean {
    const kept = this.#words;
    const at = 4 * (words[0]! & (SLOTS - 1));
    if (kept[at] !== words[0] || kept[at + 1] !== words[1]) return false;
    words[0] = kept[at + 2]!;
    words[1] = kept[at + 3]!;
    return true;
  }

  /** `words` stand for the state of the words `low` and `high`. */
  keep(low: number, high: number, words: Uint32Array): void {
    const kept = this.#words;
    const at = 4 * (low & (SLOTS - 1));
    kept[at] = low;
    kept[at + 1] = high;
    kept[at + 2] = words[0]!;
    kept[at + 3] = words[1]!;
  }
}
