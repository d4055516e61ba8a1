// Exploring an object of the user's that goes back: every state of a small world, as of the built-in model.
import { type Bounds, coarse } from '../explorer/bounds.ts';
import type { Exploration } from '../explorer/explore.ts';
import { exploreRewound } from '../explorer/explore-rewound.ts';
import { TooManyMoves } from '../explorer/moves.ts';
import { WITNESSES } from '../properties/witnesses.ts';
import type { OpName } from '../spec/op.ts';
import type { Target } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import type { RewindingSession } from '../targets/own/rewinding.ts';
import { concluded, confirm } from './confirm.ts';
import { UsageError } from './exit.ts';
import { boundsInWords, type Desk, type ExploreResult, type ExploreWishes, Pace } from './exploration.ts';

/** What two states have in common that are taken for one. */
const LOOK_ALIKE =
  'states in which every process reads the same and the same frames are shown are one; what the target remembers beside that is not told apart, unless it has fingerprint()';
const EXACT = 'states are one if they look alike and the fingerprint() of the target is the same';

/** Explores what `session` can be in. Throws UsageError, and RigError if it cannot be driven. */
export async function exploreOwn(
  target: Target,
  session: RewindingSession,
  { world, ops }: { readonly world: World; readonly ops: readonly OpName[] },
  asked: Bounds,
  wishes: ExploreWishes,
  desk: Desk,
): Promise<ExploreResult> {
  const words = boundsInWords({ ...asked, frames: session.can.frames ?? asked.frames });
  desk.onBegin(`cowcheck: explore ${target.name}, ${words}`);
  const before = process.cpuUsage();
  const pace = new Pace(wishes.time, desk);
  const pause = pace.of(target.name);
  let result: Exploration;
  try {
    result = await exploreRewound({
      world,
      target: session,
      ops,
      grain: coarse(asked.values),
      bail: wishes.bail ?? true,
      ...(wishes.depth === undefined ? {} : { depth: wishes.depth }),
      ...(wishes.states === undefined ? {} : { states: wishes.states }),
      ...(wishes.proveSymmetry === true ? { proveSymmetry: true } : {}),
      pause,
      pauseProof: pause,
    });
  } catch (cause) {
    if (!(cause instanceof TooManyMoves)) throw cause;
    throw new UsageError(`${cause.message}; type for example: --procs 2 --pages 1 --ops fork,write,read`);
  } finally {
    await session.close();
  }
  const { seconds } = pace;
  const { user, system } = process.cpuUsage(before);
  const { world: _world, symmetries: _symmetries, found, proof: _proof, done: _done, ...seen } = result;
  const again = await confirm(found, () => world, target, desk);
  // A target on which nothing was ever shared has kept every law.
  const vacuous = WITNESSES.filter(({ id, essential }) => essential && seen.witnesses[id] === false).map(
    ({ id }) => `it never happened that ${id}`,
  );
  const concluding = { found: again.found, why: result.done ? [...again.why, ...vacuous] : again.why };
  return {
    target: target.name,
    bounds: words,
    ops,
    ...seen,
    resumed: false,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    assumed: session.isExact ? EXACT : LOOK_ALIKE,
    ...concluded(result, concluding, pace.halted ? 'the same command begins anew' : undefined),
  };
}
