// The chain of free frames: which frames are on it, and whether it is a chain at all.
import { address, type Damage, frameAt, type GuestMemory, hex, PAGE } from './memory.ts';

/** Reusable: what it holds is that of the last `read`. Frames are indexes from the start of RAM. */
export class FreeList {
  /** 1: the frame is free. */
  readonly mark: Uint8Array;
  count = 0;
  damage: Damage | undefined;
  readonly #memory: GuestMemory;
  readonly #head: number;
  readonly #first: number;
  readonly #next: number;
  readonly #word = new Uint8Array(8);

  /** `head`: address of the word that holds the first address; `next`: byte in a free frame that holds the next. */
  constructor(memory: GuestMemory, head: number, first: number, next: number) {
    this.#memory = memory;
    this.#head = head;
    this.#first = first;
    this.#next = next;
    this.mark = new Uint8Array(Math.floor(memory.size / PAGE));
  }

  /** Follows the chain until its end or until it is seen to be damaged; frames before the damage count as free. Never throws. */
  read(): void {
    this.mark.fill(0);
    this.count = 0;
    this.damage = undefined;
    let from = this.#head;
    for (;;) {
      const to = address(this.#memory.read(from, 8, this.#word), 0);
      if (to === 0) return;
      const frame = frameAt(this.#memory, to);
      const after = this.count === 0 ? 'its head' : `the free frame ${hex(from - this.#next)}`;
      if (frame < this.#first)
        this.damage = {
          what: 'the free list leads outside of the page frames',
          detail: `${after} is followed by ${hex(to)}`,
        };
      else if (this.mark[frame] === 1)
        this.damage = {
          what: 'the free list is a circle: a frame is on it twice',
          detail: `${after} is followed by ${hex(to)}, which came before; ${this.count} frames are on it`,
        };
      if (this.damage !== undefined) return;
      this.mark[frame] = 1;
      this.count++;
      from = to + this.#next;
    }
  }
}
