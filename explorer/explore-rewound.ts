// An exploration of a target that goes back: every state that can be told apart from outside.
import { NO_SYMMETRIES } from './bounds.ts';
import { coverage, type Exploration, type ExploreOptions, outcome } from './explore.ts';
import { type Quotient, quotient } from './quotient.ts';
import { RewoundWorld, type RewoundOptions } from './rewound.ts';
import { search } from './search.ts';

/** What is explored of a target that goes back; bounds that say nothing of its world. */
export interface RewoundExploreOptions<Mark>
  extends Pick<
      ExploreOptions,
      'depth' | 'states' | 'bail' | 'counted' | 'proveSymmetry' | 'pause' | 'pauseProof'
    >,
    Omit<RewoundOptions<Mark>, 'symmetry'> {}

/** Every state of a target that goes back. Throws RangeError as `explore` does, and RigError if it cannot be driven. */
export async function exploreRewound<Mark>(options: RewoundExploreOptions<Mark>): Promise<Exploration> {
  const { world, ops, depth, pauseProof, proveSymmetry } = options;
  const space = await RewoundWorld.of(options);
  const result = await search(space, options);
  // Tapes are made before anything else drives the target.
  const found = outcome(space, result);
  let proof: Quotient | undefined;
  if (proveSymmetry === true && result.done && result.found.size === 0) {
    const whole = await RewoundWorld.of({ ...options, symmetry: false });
    proof = await quotient(whole, words => whole.representative(words), result.table, {
      ...(depth === undefined ? {} : { depth }),
      ...(pauseProof === undefined ? {} : { pause: pauseProof }),
    });
  }
  return {
    world,
    symmetries: { ...NO_SYMMETRIES, frames: true, processes: space.alike },
    ...found,
    ...coverage(space, ops),
    proof,
  };
}
