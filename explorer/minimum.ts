// The fewest ops that break a law: every history of a small world, shortest first.
import type { Grain } from '../properties/alphabet.ts';
import type { Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { FINE } from './bounds.ts';
import { search } from './search.ts';
import { SmallWorld } from './small-world.ts';
import type { MachineMaker } from './stage.ts';

export interface MinimumOptions {
  readonly world: World;
  readonly machine: MachineMaker;
  readonly can: Capabilities;
  /** Histories of at most so many ops. */
  readonly depth: number;
  /** Give up beyond so many states. */
  readonly states?: number;
  readonly grain?: Grain;
}

export interface Minimum {
  /** By signature: a shortest history of the world that ends in that violation. Only those of at most `depth` ops. */
  readonly found: ReadonlyMap<string, Tape>;
  /** Every history of at most so many ops has been looked at. */
  readonly depth: number;
  /** Distinct states that were expanded, and ops performed in them. */
  readonly states: number;
  readonly transitions: number;
  /** Was `depth` reached? */
  readonly complete: boolean;
}

/**
 * Breadth first over all histories of the alphabet, in the world that is given; `Moves` says what is left out, and why
 * nothing is lost. Beside that:
 *
 * - A state seen before is not expanded again. The state is all that machine, reference and judges remember, so what can
 *   follow it is the same; and it was seen after no more ops.
 * - Two values, as every byte is only ever compared: a violation is one pair of bytes that differ and should not, or the
 *   other way round, and of two values that differ in each byte one does it.
 */
export async function minimum(options: MinimumOptions): Promise<Minimum> {
  const { world, machine, can, depth, states, grain = FINE } = options;
  const space = await SmallWorld.of({ world, machine, can, grain });
  const result = await search(space, { depth, counted: false, ...(states === undefined ? {} : { states }) });
  return {
    found: new Map([...result.found].map(([signature, moves]) => [signature, space.tape(moves)])),
    depth: result.depth,
    states: result.states,
    transitions: result.transitions,
    complete: result.done,
  };
}
