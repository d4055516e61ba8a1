// The states of a level as bytes, one after the other.
import type { Packing } from './space.ts';

/** States from number `first` on; those before are not here. */
export class Level {
  readonly first: number;
  readonly #packing: Packing;
  #bytes = new Uint8Array(0);
  #end = 0;

  constructor(packing: Packing, first: number) {
    this.#packing = packing;
    this.first = first;
  }

  get bytes(): number {
    return this.#bytes.length;
  }

  /** The present state is `state`: the next one, or one that is there and was reached another way. */
  put(state: number): void {
    const { bytes } = this.#packing;
    const at = (state - this.first) * bytes;
    if (at < 0) return;
    if (at + bytes > this.#bytes.length) {
      const longer = new Uint8Array(2 * (at + bytes));
      longer.set(this.#bytes);
      this.#bytes = longer;
    }
    this.#packing.write(this.#bytes, at);
    this.#end = Math.max(this.#end, state + 1);
  }

  has(state: number): boolean {
    return state >= this.first && state < this.#end;
  }

  /** Goes to a state that is here. */
  get(state: number): void {
    this.#packing.read(this.#bytes, (state - this.first) * this.#packing.bytes);
  }
}
