// Which states have been seen, and how each was reached: 16 bytes a state in chunks, and a hash table of their numbers.

/** States of a chunk. */
const CHUNK = 1 << 16;
/** Places of the first table; filled to at most two thirds, so that a search looks at two of them on the average. */
const FIRST = 1 << 12;
const FULL = 2 / 3;

interface Chunk {
  readonly low: Uint32Array;
  readonly high: Uint32Array;
  readonly from: Int32Array;
  readonly by: Uint16Array;
  readonly weight: Uint16Array;
}

const emptyChunk = (): Chunk => ({
  low: new Uint32Array(CHUNK),
  high: new Uint32Array(CHUNK),
  from: new Int32Array(CHUNK),
  by: new Uint16Array(CHUNK),
  weight: new Uint16Array(CHUNK),
});

/** A table as plain words, to be kept in a file. */
export interface TableImage {
  readonly size: number;
  /** Per state: low word, high word, the state before, and move and weight in one. */
  readonly words: Int32Array;
}

const WORDS = 4;

/** States are numbered as they come; number 0 is the first one, to which no move leads. Numbers are in range by construction. */
export class Table {
  size = 0;
  readonly #chunks: Chunk[] = [];
  /** Number of a state + 1; 0: nothing here. */
  #slots = new Uint32Array(FIRST);

  static of({ size, words }: TableImage): Table {
    const table = new Table();
    for (let at = 0; at < size * WORDS; at += WORDS)
      table.enter(
        words[at]! >>> 0,
        words[at + 1]! >>> 0,
        words[at + 2]!,
        words[at + 3]! & 0xffff,
        words[at + 3]! >>> 16,
      );
    return table;
  }

  image(): TableImage {
    const words = new Int32Array(this.size * WORDS);
    for (let state = 0; state < this.size; state++) {
      const { low, high, from, by, weight } = this.#chunks[Math.floor(state / CHUNK)]!;
      const at = state % CHUNK;
      words[state * WORDS] = low[at]!;
      words[state * WORDS + 1] = high[at]!;
      words[state * WORDS + 2] = from[at]!;
      words[state * WORDS + 3] = by[at]! | (weight[at]! << 16);
    }
    return { size: this.size, words };
  }

  /** The number of the state with this fingerprint, -1 if there is none. */
  find(low: number, high: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let at = low & mask; ; at = (at + 1) & mask) {
      const state = slots[at]! - 1;
      if (state < 0) return -1;
      const chunk = this.#chunks[Math.floor(state / CHUNK)]!;
      const place = state % CHUNK;
      if (chunk.low[place] === low && chunk.high[place] === high) return state;
    }
  }

  /** Enters a state that is not there yet; it gets the next number. */
  enter(low: number, high: number, from: number, by: number, weight: number): void {
    const at = this.size % CHUNK;
    if (at === 0) this.#chunks.push(emptyChunk());
    const chunk = this.#chunks[Math.floor(this.size / CHUNK)]!;
    chunk.low[at] = low;
    chunk.high[at] = high;
    this.size++;
    this.reach(this.size - 1, from, by, weight);
    this.#place(low, this.size);
    if (this.size > FULL * this.#slots.length) this.#grow();
  }

  /** `state` is reached another way. */
  reach(state: number, from: number, by: number, weight: number): void {
    const chunk = this.#chunks[Math.floor(state / CHUNK)]!;
    const at = state % CHUNK;
    chunk.from[at] = from;
    chunk.by[at] = by;
    chunk.weight[at] = weight;
  }

  from(state: number): number {
    return this.#chunks[Math.floor(state / CHUNK)]!.from[state % CHUNK]!;
  }

  by(state: number): number {
    return this.#chunks[Math.floor(state / CHUNK)]!.by[state % CHUNK]!;
  }

  weight(state: number): number {
    return this.#chunks[Math.floor(state / CHUNK)]!.weight[state % CHUNK]!;
  }

  /** Writes the fingerprint of a state. */
  fingerprint(state: number, words: Uint32Array): void {
    const chunk = this.#chunks[Math.floor(state / CHUNK)]!;
    words[0] = chunk.low[state % CHUNK]!;
    words[1] = chunk.high[state % CHUNK]!;
  }

  /** The moves that lead from the first state to this one. */
  movesTo(state: number): readonly number[] {
    const moves: number[] = [];
    for (let at = state; at > 0; at = this.from(at)) moves.push(this.by(at));
    return moves.toReversed();
  }

  /** Bytes that it takes, but for the room of the chunk in hand. */
  get bytes(): number {
    return this.size * 4 * WORDS + this.#slots.byteLength;
  }

  #place(low: number, entry: number): void {
    const mask = this.#slots.length - 1;
    let at = low & mask;
    while (this.#slots[at] !== 0) at = (at + 1) & mask;
    this.#slots[at] = entry;
  }

  #grow(): void {
    this.#slots = new Uint32Array(2 * this.#slots.length);
    for (let state = 0; state < this.size; state++)
      this.#place(this.#chunks[Math.floor(state / CHUNK)]!.low[state % CHUNK]!, state + 1);
  }
}
