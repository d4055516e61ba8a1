// Exploring a target: every history of a small world, each from its beginning; or its states, if it can go back.
import { type Bounds, coarse, smallestWorld, symmetriesOf } from '../explorer/bounds.ts';
import { histories, Transitions, transitionsWithin } from '../explorer/histories.ts';
import { SmallWorld } from '../explorer/small-world.ts';
import { CowMachine } from '../model/cow/machine.ts';
import { explorationProgress } from '../report/exploration.ts';
import { runGiven } from '../runner/given.ts';
import type { OpName } from '../spec/op.ts';
import type { Capabilities, Target } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { goesBack } from '../targets/own/rewinding.ts';
import { UsageError } from './exit.ts';
import { boundsInWords, type Desk, type ExploreResult, type ExploreWishes, Pace } from './exploration.ts';
import { canOfModel } from './explore-model.ts';
import { exploreOwn } from './explore-own.ts';

/** Ops of a history on a target that cannot go back, unless more are asked for. */
const DEPTH = 4;
/** Ops of a history on a foreign target, unless others are asked for. */
const OPS = ['fork', 'write', 'read', 'exec', 'exit', 'wait'] as const;

/** Runs every history of a small world on `target`, or visits its states. Throws RigError if it cannot be had. */
export async function exploreTarget(
  target: Target,
  asked: Bounds,
  wishes: ExploreWishes,
  desk: Desk,
): Promise<ExploreResult> {
  const { store, signal, onFound, onUnsaved } = desk;
  const depth = wishes.depth ?? DEPTH;
  const world = worldFor(target, asked);
  const session = await target.open(world);
  const { can } = session;
  if (!goesBack(session)) await session.close();
  const wished = opsFor(target, can, asked, wishes);
  if (goesBack(session)) return exploreOwn(target, session, { world, ops: wished }, asked, wishes, desk);
  if (wishes.states !== undefined || wishes.proveSymmetry === true)
    throw new UsageError(
      `${target.name} cannot go back, so its histories are run and no states are kept: --states and --prove-symmetry have no use; what bounds it is --depth`,
    );
  const space = await SmallWorld.of({
    world,
    machine: CowMachine,
    // The model shows the way: who is there to act, and what follows. It is judged by its own words.
    can: { ...(await canOfModel(world)), ops: wished },
    grain: { ...coarse(asked.values), sound: true },
    symmetries: symmetriesOf({ ops: wished, processes: world.processes }),
  });
  const seen = new Transitions();
  const words = `${boundsInWords({ ...asked, frames: can.frames ?? asked.frames })}, histories of ${depth} ops`;
  desk.onBegin(`cowcheck: explore ${target.name}, ${words}`);
  const pace = new Pace(wishes.time, desk);
  const { started } = pace;
  let said = started;
  const of = await transitionsWithin(space, depth, pace.of(target.name));
  const result = await runGiven({
    target,
    world,
    tapes: of === undefined ? [] : histories(space, depth, seen),
    seed: 0,
    inspect: 'full',
    ops: wished,
    shrinkTime: 30_000,
    bail: wishes.bail ?? 1,
    ...(store === undefined ? {} : { store }),
    ...(signal === undefined ? {} : { signal }),
    onFound,
    onUnsaved,
    pause: ({ runs, ops }) => {
      const now = performance.now();
      if (now - said > desk.progressEvery) {
        said = now;
        const seconds = (now - started) / 1000;
        desk.onProgress(
          explorationProgress({
            target: target.name,
            seconds,
            depth,
            states: runs,
            rate: runs / seconds,
            frontier: 0,
            transitions: ops,
          }),
        );
      }
      return wishes.time !== undefined && now - started > wishes.time;
    },
  });
  // A target on which nothing was ever shared has kept every law.
  const done = result.done && of !== undefined;
  const why = [...result.why, ...(done ? result.vacuous : [])];
  if (!done && why.length === 0 && result.found.length === 0)
    why.push('it was stopped before all histories were run');
  return {
    verdict: result.found.length > 0 ? 'violated' : why.length > 0 ? 'inconclusive' : 'held',
    target: target.name,
    bounds: words,
    ops: wished,
    complete: false,
    resumed: false,
    depth,
    states: 0,
    transitions: 0,
    frontier: 0,
    seconds: (performance.now() - started) / 1000,
    cpuSeconds: 0,
    bytesPerState: 0,
    collision: 0,
    names: space.symmetries?.processes === true ? ['processes'] : [],
    opsHit: result.opsHit,
    branchesHit: {},
    rulesHit: result.rulesHit,
    witnesses: Object.fromEntries(Object.entries(result.witnesses).map(([id, hits]) => [id, hits > 0])),
    unhit: result.unhit,
    why: result.found.length > 0 ? [] : why,
    histories: { runs: result.runs, ops: result.ops, exercised: seen.size, of: of ?? 0 },
    counterexamples: result.found,
  };
}

/** The ops that were asked for; if none were, those of OPS that the target has. Throws UsageError for one that it has not. */
function opsFor(target: Target, can: Capabilities, asked: Bounds, wishes: ExploreWishes): readonly OpName[] {
  const wished = wishes.ops === undefined ? OPS.filter(name => can.ops.includes(name)) : asked.ops;
  const unknown = wished.find(name => !can.ops.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `${target.name} has no op ${unknown}; it has ${can.ops.join(', ')}; type: cowcheck explore ${target.name} --ops ${can.ops.slice(0, 3).join(',')}`,
    );
  return wished;
}

/** The small world as the target can hold it. */
function worldFor({ limits }: Target, asked: Bounds): World {
  const world = smallestWorld(asked);
  const plain = limits?.layout === 'data' || limits?.layout === 'writable';
  const images = plain ? world.images.map(image => ({ ...image, text: 0 })) : world.images;
  return { ...world, images, pageSize: limits?.pageSize ?? world.pageSize };
}
