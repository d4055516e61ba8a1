// An exploration: every state of a small world, what was seen on the way, and the histories that break a law.
import { CowMachine } from '../model/cow/machine.ts';
import { WITNESSES } from '../properties/witnesses.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import { RULES } from '../spec/rule.ts';
import type { Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { type Branches, BRANCHES } from './branches.ts';
import {
  type Bounds,
  coarse,
  FINE,
  nobodyWaits,
  NO_SYMMETRIES,
  smallestWorld,
  symmetriesOf,
} from './bounds.ts';
import { type Quotient, quotient } from './quotient.ts';
import { search, type SearchImage, type SearchProgress, type SearchResult } from './search.ts';
import { SmallWorld } from './small-world.ts';
import type { MachineMaker } from './stage.ts';
import type { Symmetries } from './canon.ts';
import type { Examiner } from '../properties/examiner.ts';

/** Names for a machine that performs nothing. */
const NAMES = 2;

export interface ExploreOptions {
  /** A small world by its bounds, whose pages hold one value each; or this very one, byte by byte and without symmetries. */
  readonly of: Bounds | { readonly world: World; readonly ops: readonly OpName[] };
  readonly machine: MachineMaker;
  readonly can: Capabilities;
  readonly depth?: number;
  readonly states?: number;
  /** True: stop at the end of the level that breaks a law. A number: as soon as so many are broken. */
  readonly bail?: boolean | number;
  /** Are the states that the last ops of a bounded search lead to entered and counted? Default: yes. Without, it is several times as fast. */
  readonly counted?: boolean;
  readonly proveSymmetry?: boolean;
  readonly from?: SearchImage;
  /** Called between states every so often; true: stop. `pauseProof`: the same in the search of the proof. */
  readonly pause?: (progress: SearchProgress) => boolean | Promise<boolean>;
  readonly pauseProof?: (progress: SearchProgress) => boolean | Promise<boolean>;
}

export interface Exploration {
  readonly world: World;
  readonly symmetries: Symmetries | undefined;
  readonly complete: boolean;
  /** The depth that was asked for was reached, or everything. */
  readonly done: boolean;
  /** Every history of at most so many ops has been looked at. */
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  readonly frontier: number;
  readonly bytesPerState: number;
  /** Chance that two states were taken for one. */
  readonly collision: number;
  readonly opsHit: Readonly<Record<string, number>>;
  readonly branchesHit: Readonly<Record<string, number>>;
  readonly rulesHit: Readonly<Record<string, number>>;
  readonly witnesses: Readonly<Record<string, boolean>>;
  /** Never seen, though the ops in use could show it. */
  readonly unhit: readonly string[];
  /** Shortest histories, one for each law that was broken, by signature. */
  readonly found: ReadonlyMap<string, Tape>;
  readonly proof: Quotient | undefined;
}

/** The world that the options mean, as a space. */
export async function spaceOf(options: Pick<ExploreOptions, 'of' | 'machine' | 'can'>): Promise<SmallWorld> {
  const { of, machine, can } = options;
  const offered = { ...can, ops: of.ops };
  if ('world' in of) return SmallWorld.of({ world: of.world, machine, can: offered, grain: FINE });
  const shape = { world: smallestWorld(of), machine, can: offered, grain: coarse(of.values) };
  const symmetries = remembersMore(machine, shape.world) ? undefined : symmetriesOf(of);
  return SmallWorld.of({
    ...shape,
    orphans: nobodyWaits(of.ops),
    ...(symmetries === undefined ? {} : { symmetries }),
  });
}

/** Throws RangeError if the world has too many moves to be explored. */
export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { of, depth, pauseProof } = options;
  const space = await spaceOf(options);
  const result = await search(space, options);
  const { symmetries } = space;
  let proof: Quotient | undefined;
  if (options.proveSymmetry === true && symmetries !== undefined && result.done && result.found.size === 0) {
    const whole = await space.without(NO_SYMMETRIES);
    proof = await quotient(whole, whole.under(symmetries), result.table, {
      ...(depth === undefined ? {} : { depth }),
      ...(pauseProof === undefined ? {} : { pause: pauseProof }),
    });
  }
  const { stage, branches } = space;
  return {
    world: stage.world,
    symmetries,
    ...outcome(space, result),
    ...coverage({ examiner: stage.examiner, triedOps: space.triedOps, branches }, of.ops),
    proof,
  };
}

/** What remembers more than the model does may tell apart what is the same for the model. */
function remembersMore(machine: MachineMaker, world: World): boolean {
  const size = (maker: MachineMaker): number => {
    const { blocks } = new maker(world, NAMES).room;
    return blocks.reduce((sum, { length }) => sum + length, 0);
  };
  return size(machine) > size(CowMachine);
}

export type Covered = Pick<Exploration, 'opsHit' | 'branchesHit' | 'rulesHit' | 'witnesses' | 'unhit'>;

/** What was reached of `ops`, of the laws and of the ways through the fault handler. */
export function coverage(
  space: { readonly examiner: Examiner; readonly triedOps: Float64Array; readonly branches?: Branches },
  ops: readonly OpName[],
): Covered {
  const { examiner, branches, triedOps } = space;
  const opsHit = Object.fromEntries(ops.map(name => [name, triedOps[OP_NAMES.indexOf(name)] ?? 0]));
  const branchesHit = Object.fromEntries(
    branches === undefined ? [] : BRANCHES.map(branch => [branch, branches.hits[branch]]),
  );
  const judged = new Set(
    examiner.invariants
      .filter(({ ops: about }) => about === undefined || about.some(name => ops.includes(name)))
      .flatMap(({ rules }) => rules),
  );
  const rulesHit = Object.fromEntries(
    RULES.filter(({ id }) => judged.has(id)).map(({ id }) => [id, examiner.ruleHits[id] ?? 0]),
  );
  const possible = WITNESSES.filter(witness => witness.ops.every(name => ops.includes(name)));
  const witnesses = Object.fromEntries(
    examiner.witnesses.flatMap((witness, i) =>
      possible.includes(witness) ? [[witness.id, (examiner.witnessHits[i] ?? 0) > 0]] : [],
    ),
  );
  return {
    opsHit,
    branchesHit,
    rulesHit,
    witnesses,
    unhit: [
      ...Object.entries(opsHit).flatMap(([name, hits]) => (hits === 0 ? [`op ${name}`] : [])),
      ...Object.entries(branchesHit).flatMap(([name, hits]) =>
        hits === 0 ? [`fault handler "${name}"`] : [],
      ),
      ...Object.entries(rulesHit).flatMap(([id, hits]) => (hits === 0 ? [`rule ${id}`] : [])),
      ...Object.entries(witnesses).flatMap(([id, seen]) => (seen ? [] : [`witness "${id}"`])),
    ],
  };
}

/** What a search says of itself. */
export function outcome(
  space: { tape(moves: readonly number[]): Tape },
  { complete, done, depth, states, transitions, frontier, bytes, found }: SearchResult,
): Omit<Exploration, 'world' | 'symmetries' | 'proof' | keyof Covered> {
  return {
    complete,
    done,
    depth,
    states,
    transitions,
    frontier,
    bytesPerState: bytes / states,
    // Each state against all, and each transition against one that was looked up lately.
    collision: (states * (states - 1)) / 2 ** 65 + transitions / 2 ** 64,
    found: new Map([...found].map(([signature, moves]) => [signature, space.tape(moves)])),
  };
}
