// What pages hold, without names: a content is taken apart once, and known again when it comes back.

/** In place of a byte: the value that is the first, second … in its page; what the page was loaded with. */
const VALUE = 256;
const LOADED = 511;
/** Bits of these, and how many go into a word. */
const BITS = 9;
const PER_WORD = 3;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class Contents {
  /** Words of a pattern: a content with its values taken out. */
  readonly patternWords: number;
  readonly #pageWords: number;
  readonly #pageSize: number;
  readonly #isValue = new Uint8Array(256);
  /** What each page was loaded with, if that is to be told from the rest. */
  readonly #loaded: Uint8Array | undefined;
  /** By number of the content: its words and its page; its pattern; a hash of it that takes all values for one; its values. */
  #keys = new Int32Array(0);
  patterns = new Int32Array(0);
  hues = new Int32Array(0);
  valueCounts = new Uint8Array(0);
  #values = new Uint8Array(0);
  #known = 0;
  /** Number of a content + 1; 0: nothing here. */
  #slots = new Int32Array(64);

  /** `values`: bytes that are names of values. */
  constructor(pageSize: number, values: readonly number[], loaded: Uint8Array | undefined) {
    this.#pageSize = pageSize;
    this.#pageWords = pageSize / 4;
    this.patternWords = Math.ceil(pageSize / PER_WORD);
    this.#loaded = loaded;
    for (const value of values) this.#isValue[value] = 1;
  }

  isValue(byte: number): boolean {
    return this.#isValue[byte] === 1;
  }

  /** The number of what the words from `at` on are as the content of `page`. */
  of(words: Readonly<Int32Array>, at: number, page: number): number {
    const size = this.#pageWords;
    const slots = this.#slots;
    const keys = this.#keys;
    const where = this.#loaded === undefined ? 0 : page;
    for (let slot = hash(words, at, size, where); ; slot++) {
      const number = slots[slot & (slots.length - 1)]! - 1;
      if (number < 0) return this.#learn(words, at, where);
      const key = number * (size + 1);
      let same = 0;
      while (same < size && keys[key + same] === words[at + same]) same++;
      if (same === size && keys[key + size] === where) return number;
    }
  }

  /** The `i`-th value in a content. */
  value(number: number, i: number): number {
    return this.#values[number * this.#pageSize + i]!;
  }

  #learn(words: Readonly<Int32Array>, at: number, page: number): number {
    const number = this.#known++;
    const size = this.#pageWords;
    this.#makeRoom(number + 1);
    const key = number * (size + 1);
    for (let i = 0; i < size; i++) this.#keys[key + i] = words[at + i]!;
    this.#keys[key + size] = page;
    this.#takeApart(number, words, at, page);
    if (4 * this.#known < this.#slots.length) this.#place(number);
    else {
      this.#slots = new Int32Array(4 * this.#slots.length);
      for (let known = 0; known <= number; known++) this.#place(known);
    }
    return number;
  }

  #place(number: number): void {
    const slots = this.#slots;
    const size = this.#pageWords;
    const key = number * (size + 1);
    let slot = hash(this.#keys, key, size, this.#keys[key + size]!);
    while (slots[slot & (slots.length - 1)] !== 0) slot++;
    slots[slot & (slots.length - 1)] = number + 1;
  }

  #takeApart(number: number, words: Readonly<Int32Array>, at: number, page: number): void {
    const found: number[] = [];
    let hue = 0;
    let word = 0;
    for (let i = 0; i < this.#pageSize; i++) {
      const byte = (words[at + (i >> 2)]! >>> (8 * (i & 3))) & 255;
      let sign = byte;
      if (this.#loaded?.[page * this.#pageSize + i] === byte) sign = LOADED;
      else if (this.isValue(byte)) {
        if (!found.includes(byte)) found.push(byte);
        sign = VALUE + found.indexOf(byte);
      }
      hue = Math.imul(hue ^ (sign !== LOADED && sign > VALUE ? VALUE : sign), 0x85ebca6b) ^ (hue >>> 13);
      word = (word << BITS) | sign;
      if (i % PER_WORD < PER_WORD - 1 && i + 1 < this.#pageSize) continue;
      this.patterns[number * this.patternWords + Math.floor(i / PER_WORD)] = word;
      word = 0;
    }
    this.hues[number] = hue;
    this.valueCounts[number] = found.length;
    this.#values.set(found, number * this.#pageSize);
  }

  #makeRoom(count: number): void {
    if (count <= this.hues.length) return;
    const room = 2 * count + 14;
    const longer = <T extends Int32Array | Uint8Array>(old: T, grown: T): T => {
      grown.set(old);
      return grown;
    };
    this.#keys = longer(this.#keys, new Int32Array(room * (this.#pageWords + 1)));
    this.patterns = longer(this.patterns, new Int32Array(room * this.patternWords));
    this.hues = longer(this.hues, new Int32Array(room));
    this.valueCounts = longer(this.valueCounts, new Uint8Array(room));
    this.#values = longer(this.#values, new Uint8Array(room * this.#pageSize));
  }
}

function hash(words: Readonly<Int32Array>, at: number, size: number, page: number): number {
  let sum = page;
  for (let i = 0; i < size; i++) sum = Math.imul(sum ^ words[at + i]!, 0x9e3779b1) ^ (sum >>> 15);
  return (sum ^ (sum >>> 16)) & 0x3fffffff;
}
