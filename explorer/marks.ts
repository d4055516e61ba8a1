// Marks: copies of the state of several things at once, to go back to and to compare with.
import { bytesOf, type Stateful } from '../spec/room.ts';

/** A state word by word, and block by block. */
export interface Mark {
  readonly bytes: Uint8Array;
  readonly parts: readonly Int32Array[];
  /** The parts as bytes. */
  readonly partBytes: readonly Uint8Array[];
}

/** Blocks are in one order, and parts of marks in the same. Indexes are in range by construction, hence the `!`. */
export class Marks {
  readonly #things: readonly Stateful[];
  readonly #blocks: readonly Int32Array[];
  readonly #blockBytes: readonly Uint8Array[];
  readonly #size: number;

  /** `blocks`: where `things` keep their state, the same ones for good. */
  constructor(things: readonly Stateful[], blocks: readonly Int32Array[]) {
    this.#things = things;
    this.#blocks = blocks;
    this.#blockBytes = blocks.map(bytesOf);
    this.#size = this.#blocks.reduce((size, { length }) => size + length, 0);
  }

  /** A mark of nothing yet. */
  blank(): Mark {
    const words = new Int32Array(this.#size);
    let at = 0;
    const parts = this.#blocks.map(({ length }) => {
      at += length;
      return words.subarray(at - length, at);
    });
    return { bytes: bytesOf(words), parts, partBytes: parts.map(bytesOf) };
  }

  /** Makes `mark` one of the present state. */
  take({ parts }: Mark): void {
    this.#gather();
    for (let i = 0; i < parts.length; i++) parts[i]!.set(this.#blocks[i]!);
  }

  /** Goes back to where `mark` was made. */
  put({ parts }: Mark): void {
    for (let i = 0; i < parts.length; i++) this.#blocks[i]!.set(parts[i]!);
    for (let i = 0; i < this.#things.length; i++) this.#things[i]!.scatter();
  }

  /** Is the present state that of `mark`, bit by bit? */
  matches({ partBytes }: Mark): boolean {
    this.#gather();
    for (let i = 0; i < partBytes.length; i++)
      if (Buffer.compare(partBytes[i]!, this.#blockBytes[i]!) !== 0) return false;
    return true;
  }

  #gather(): void {
    for (let i = 0; i < this.#things.length; i++) this.#things[i]!.gather();
  }
}
