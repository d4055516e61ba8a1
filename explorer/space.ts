// What can be searched: something with states, that performs moves, goes back, and says which state it is in.

/** A state as bytes, to be kept in a long array. */
export interface Packing {
  /** How many. */
  readonly bytes: number;
  write(into: Uint8Array, at: number): void;
  read(from: Uint8Array, at: number): void;
}

/**
 * A state is left by moves, whole numbers from 0 to 65,535. Whoever searches it holds the only reference: between `save`
 * and `restore` nothing else changes it.
 */
export interface Space<Mark> {
  /** Most moves that a state can have. */
  readonly most: number;
  /** Present if a state takes few bytes: those to go on from are then kept as such, not reached again move by move. */
  readonly packing?: Packing;
  /** Did the last move lead to where nothing new can follow? Then the state is left out. */
  readonly idle?: boolean;
  /** Did it lead back to the very state that it was made in? */
  readonly same?: boolean;
  /** Puts it into its first state. */
  start(): void;
  /** Writes the moves worth trying in the present state into `into`, and returns how many there are. `left`: a history ends after so many. */
  moves(into: Int32Array, left: number): number;
  /** Performs a move; the signature of the law it breaks, if it breaks one: the history ends there. */
  make(move: number): string | undefined;
  /** A mark of the present state; `into`: one that nobody needs any more, to be used again. */
  save(into?: Mark): Mark;
  restore(mark: Mark): void;
  /** 64 bits that stand for the present state, or for all that are like it: the low and the high word. */
  fingerprint(words: Uint32Array): void;
  /** Of two histories of one length that lead to one state, the lighter is kept. 0 to 255; absent: all weigh nothing. */
  weigh?(move: number): number;
  /** Called after a move that was tried for the first time, with what it broke. */
  tried?(move: number, broke: string | undefined): void;
}
