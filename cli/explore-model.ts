// Exploring what can go back: the built-in model, or a mutant of it, in every state of a small world.
import { setFlagsFromString } from 'node:v8';
import { type Bounds, smallestWorld } from '../explorer/bounds.ts';
import { type Exploration, explore, type ExploreOptions, spaceOf } from '../explorer/explore.ts';
import type { SmallWorld } from '../explorer/small-world.ts';
import { TooManyMoves } from '../explorer/moves.ts';
import { PROOF_WORLD } from '../explorer/proofs.ts';
import type { SearchProgress } from '../explorer/search.ts';
import { CowMachine } from '../model/cow/machine.ts';
import { type Mutant, within } from '../model/mutants/mutant.ts';
import { StoreError } from '../runner/store.ts';
import type { Capabilities, Target } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { MODEL_OPS, modelTarget } from '../targets/model/session.ts';
import { Checkpoint } from './checkpoint.ts';
import { concluded, confirm } from './confirm.ts';
import { UsageError } from './exit.ts';
import { boundsInWords, type Desk, type ExploreResult, type ExploreWishes, Pace } from './exploration.ts';

/** Most searches are over in a second, half of which the compiler would take to put functions into others: let it do less. */
const COMPILER = '--max-inlined-bytecode-size-cumulative=300';

/** Milliseconds between two copies of the search on disk. */
const KEEP = 30_000;

/** What the model says of itself in this world; a mutant says the same. */
export async function canOfModel(world: World): Promise<Capabilities> {
  const session = await modelTarget().open(world);
  await session.close();
  return session.can;
}

/** Explores within `bounds`; a mutant for which none were given in the world of its proof. */
export async function exploreModel(
  target: Target,
  mutant: Mutant | undefined,
  bounds: Bounds,
  wishes: ExploreWishes,
  desk: Desk,
): Promise<ExploreResult> {
  const unknown = bounds.ops.find(name => !MODEL_OPS.includes(name));
  if (unknown !== undefined)
    throw new UsageError(
      `the model has no op ${unknown}; it has ${MODEL_OPS.join(', ')}; type for example: cowcheck explore --ops fork,write`,
    );
  const known = mutant !== undefined && !isBounded(wishes) ? mutant : undefined;
  const { of, can } = await fieldOf(known, bounds, wishes);
  const words = known === undefined ? boundsInWords(bounds) : 'the world of the proofs';
  // In its last level a bounded search tries less: what it leaves behind is of no use to a deeper one.
  const kept =
    desk.output === undefined
      ? undefined
      : new Checkpoint(desk.output, JSON.stringify([target.name, of, wishes.depth ?? null]));
  const loaded = await kept?.load();
  const from = typeof loaded === 'string' ? undefined : loaded;
  desk.onBegin(`cowcheck: explore ${target.name}, ${words}`);
  if (typeof loaded === 'string')
    desk.say(`cowcheck: ${kept?.path ?? ''} is not gone on with, for ${loaded}: the search begins anew`);
  if (from !== undefined)
    desk.say(`cowcheck: going on with ${from.size.toLocaleString('en-US')} states of ${kept?.path ?? ''}`);
  setFlagsFromString(COMPILER);
  const before = process.cpuUsage();
  const pace = new Pace(wishes.time, desk);
  const keeper = kept === undefined ? undefined : new Keeper(kept, desk);
  const turn = pace.of(target.name);
  let result: Exploration;
  try {
    result = await explore({
      of,
      machine: mutant?.machine ?? CowMachine,
      can,
      bail: wishes.bail ?? true,
      // Of a mutant in the world of its proof the question is which laws it breaks, not how many states there are.
      counted: known === undefined,
      ...(wishes.depth === undefined ? {} : { depth: wishes.depth }),
      ...(wishes.states === undefined ? {} : { states: wishes.states }),
      ...(wishes.proveSymmetry === true ? { proveSymmetry: true } : {}),
      ...(from === undefined ? {} : { from }),
      pause: async progress => {
        const halted = await turn(progress);
        keeper?.look(progress, halted);
        return halted;
      },
      pauseProof: turn,
    });
  } catch (cause) {
    if (!(cause instanceof TooManyMoves)) throw cause;
    throw new UsageError(
      `${cause.message}; type for example: --procs 3 --pages 2 --ops fork,write,exec,exit`,
    );
  }
  const { seconds } = pace;
  const { user, system } = process.cpuUsage(before);
  // What --states cut short is kept as it was: it may be the work of an hour.
  if (!pace.halted && result.done) kept?.remove();
  const { world, symmetries: _symmetries, found, proof: _proof, done: _done, ...seen } = result;
  // Where nobody waits, children of processes that run on stay zombies: room for those.
  const again = await confirm(
    found,
    most => ({ ...world, processes: Math.min(64, world.processes + most) }),
    target,
    desk,
  );
  return {
    target: target.name,
    bounds: words,
    ops: of.ops,
    ...seen,
    resumed: from !== undefined,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    ...concluded(result, again, pace.halted ? onward(kept) : undefined),
  };
}

/** What can be done about an exploration that was stopped. */
function onward(kept: Checkpoint | undefined): string {
  return kept === undefined ? 'it is kept nowhere' : `the same command goes on from ${kept.path}`;
}

/** The space of the model, or of a mutant, to walk through. */
export async function spaceOfModel(
  mutant: Mutant | undefined,
  bounds: Bounds,
  wishes: ExploreWishes,
): Promise<SmallWorld> {
  const known = mutant !== undefined && !isBounded(wishes) ? mutant : undefined;
  return spaceOf({ ...(await fieldOf(known, bounds, wishes)), machine: mutant?.machine ?? CowMachine });
}

/** What is explored: the bounds, or for a mutant without any the world of its proof and the ops of its card. */
async function fieldOf(
  known: Mutant | undefined,
  bounds: Bounds,
  wishes: ExploreWishes,
): Promise<Pick<ExploreOptions, 'of' | 'can'>> {
  if (known === undefined) return { of: bounds, can: await canOfModel(smallestWorld(bounds)) };
  const { ops, advice } = within(known);
  return {
    of: { world: PROOF_WORLD, ops: wishes.ops === undefined ? ops : bounds.ops },
    can: { ...(await canOfModel(PROOF_WORLD)), advice },
  };
}

/** Were bounds of the world given? */
function isBounded({ procs, pages, frames, values }: ExploreWishes): boolean {
  return [procs, pages, frames, values].some(one => one !== undefined);
}

/** Keeps a search on disk, every so often and when it is halted. */
class Keeper {
  readonly #kept: Checkpoint;
  readonly #desk: Desk;
  #saved = performance.now();

  constructor(kept: Checkpoint, desk: Desk) {
    this.#kept = kept;
    this.#desk = desk;
  }

  look(progress: SearchProgress, halted: boolean): void {
    if (!halted && performance.now() - this.#saved < KEEP) return;
    try {
      this.#kept.save(progress.image());
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      this.#desk.say(`cowcheck: the search could not be kept: ${cause.message}`);
    }
    this.#saved = performance.now();
  }
}
