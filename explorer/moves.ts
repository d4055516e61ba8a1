// The moves of a small world: which ops are worth trying where it stands, each as a number, and back.
import { ACTOR, HANDLE, OTHER } from '../properties/alphabet.ts';
import * as op from '../spec/op.ts';
import { STRIDE } from '../spec/tape.ts';

/** Who is there to act. */
export interface Cast {
  /** Process numbers in use: 0 to `names` - 1. */
  readonly names: number;
  /** Pins in use. */
  readonly handles: readonly number[];
  exists(process: number): boolean;
  /** Can it act at all: is it alive and awake? */
  acts(process: number): boolean;
}

/** A world in which more can be done than there are numbers for. */
export class TooManyMoves extends RangeError {
  override readonly name = 'TooManyMoves';
}

/** Moves are kept in 16 bits. */
const MOST = 1 << 16;

/**
 * What is left out, and why nothing is lost:
 *
 * - A child always gets the lowest name not in use. Names are labels: machine, reference and judges treat all alike, but
 *   for wait, which takes the zombie with the lowest. Which one that is depends on who was born when, and other names
 *   would let it take the same ones in another order.
 * - A pin always gets the lowest handle not in use, for the same reason; one that is not in use is answered before
 *   anything is touched.
 * - An actor that neither the machine nor the reference knows to be alive and awake is answered before anything is
 *   touched, and so is a fork into a taken name or the kill of nobody: such an op changes nothing and breaks nothing.
 * - `failalloc` is followed by the very op in which it fires. Nothing but the allocation that fails looks at it, so in any
 *   history it can be moved there, counting only the allocations of that op; one that never fires can be left out,
 *   and so can one that waits for more allocations than any op makes here: failures are tried last, when that is known.
 */
export class Moves {
  /** Most that one state can have. */
  readonly most: number;
  readonly #stage: Cast;
  readonly #letters: readonly Int32Array[];
  /** Actors, or handles, and others that a number tells apart. */
  readonly #actors: number;
  readonly #others: number;
  readonly #op = new Int32Array(STRIDE);

  /** `letters`: packed ops without names. Throws TooManyMoves if there are more moves than numbers. */
  constructor(stage: Cast, letters: readonly Int32Array[]) {
    this.#stage = stage;
    this.#letters = letters;
    this.#actors = Math.max(stage.names, op.MOST_PINS);
    this.#others = stage.names;
    this.most = letters.length * this.#actors * this.#others;
    if (this.most > MOST)
      throw new TooManyMoves(`this world has up to ${this.most} moves, and ${MOST} can be told apart`);
  }

  /** Writes the moves worth trying into `into`, and returns how many; `failures`: those of an allocation too. */
  list(into: Int32Array, failures: boolean): number {
    const stage = this.#stage;
    const { handles, names } = stage;
    const fresh = this.#fresh();
    let count = 0;
    for (let n = 0; n < this.#letters.length; n++) {
      const code = this.#letters[n]![0]!;
      const first = n * this.#actors * this.#others;
      if (code === op.FAILALLOC) {
        if (failures) into[count++] = first;
      } else if (!op.hasActor(code))
        for (const handle of handles) into[count++] = first + handle * this.#others;
      else
        for (let actor = 0; actor < names; actor++) {
          if (!stage.acts(actor)) continue;
          const own = first + actor * this.#others;
          if (op.isBirth(code)) into[count++] = own + fresh;
          else if (code === op.KILL) {
            for (let other = 0; other < names; other++) if (stage.exists(other)) into[count++] = own + other;
          } else into[count++] = own;
        }
    }
    return count;
  }

  /** The packed op of a move, as it is here and now; the array is used again. */
  op(move: number): Int32Array {
    const packed = this.#op;
    const letter = this.#letters[Math.floor(move / (this.#actors * this.#others))];
    if (letter === undefined) throw new RangeError(`there is no move ${move}`);
    packed.set(letter);
    const code = packed[0]!;
    if (code === op.FAILALLOC) return packed;
    packed[ACTOR] = Math.floor(move / this.#others) % this.#actors;
    if (op.isBirth(code) || code === op.KILL) packed[OTHER] = move % this.#others;
    if (code === op.PIN) packed[HANDLE] = this.#handle();
    return packed;
  }

  /** The lowest name not in use. */
  #fresh(): number {
    let fresh = 0;
    while (fresh < this.#others - 1 && this.#stage.exists(fresh)) fresh++;
    return fresh;
  }

  /** The lowest handle not in use; 0 if there is none. */
  #handle(): number {
    const { handles } = this.#stage;
    let free = 0;
    while (handles.includes(free)) free++;
    return free === op.MOST_PINS ? 0 : free;
  }
}
