// What a target has to be able to do for its states to be explored: perform an op at once, and go back.
import type { Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import type { Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';

/** Nothing else drives it while it is explored. Every method may throw RigError: it cannot be driven. */
export interface Rewindable<Mark> {
  readonly name: string;
  readonly can: Capabilities;
  /** Does it show anything of its frames, as sections? */
  readonly shows: boolean;
  /** The first state; `into` is told section 0. */
  begin(world: World, into: Transcript): void;
  /** Performs the one op of `tape`: `into` is told its reply and a section. Throws TargetDied. */
  step(tape: Tape, into: Transcript): void;
  save(): Mark;
  /** Goes back, as often as is wished; `into` is told all that it shows there, as section 0. */
  restore(mark: Mark, into: Transcript): void;
  /** What each page of a living process reads: its bytes, or in words that it does not. May change what it remembers. */
  bytesOf(process: number, world: World): readonly (ArrayLike<number> | string)[];
  /** What stands for all that it remembers, told of these processes in this order; undefined: it does not say. */
  fingerprint(processes: readonly number[]): string | undefined;
}
