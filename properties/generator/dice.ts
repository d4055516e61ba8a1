// Random choices for the generator: small, seeded, and never Math.random.
import { xoroshiro128plusFromState } from 'pure-rand/generator/xoroshiro128plus';

type Generator = ReturnType<typeof xoroshiro128plusFromState>;

/** One stream of choices, fixed by its seed. */
export class Dice {
  #generator: Generator;

  constructor(seed: number, stream: number) {
    this.#generator = Dice.#start(seed, stream);
  }

  /** Back to the start of the stream that (`seed`, `stream`) names. */
  reseed(seed: number, stream: number): void {
    this.#generator = Dice.#start(seed, stream);
  }

  static #start(seed: number, stream: number): Generator {
    const a = mix(seed ^ 0x9e3779b9);
    const b = mix(stream + 0x85ebca6b);
    return xoroshiro128plusFromState([a, mix(a ^ b), b, mix(b + a) | 1]);
  }

  /** A whole number from 0 to `n`-1; `n` is at most 2 ** 31. */
  below(n: number): number {
    const drawn = this.#generator.next();
    // Whole-number arithmetic while it fits, as it nearly always does; the compiler must see a small integer either way.
    return n <= 0x8000 ? ((drawn >>> 16) * n) >> 16 : (((drawn >>> 0) * n) / 0x100000000) | 0;
  }

  /** True `percent` times in a hundred. */
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(values: readonly T[]): T {
    const value = values[this.below(values.length)];
    if (value === undefined) throw new RangeError('nothing to pick from');
    return value;
  }
}

/** Scatters the bits of a 32-bit number. */
export function mix(n: number): number {
  let h = n | 0;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
