// Exploring every interleaving of the steps of processors: the stepped kernel, or a mutant of it.
import { InterleavedWalk } from '../explorer/interleaved-walk.ts';
import { type InterleavingOptions, interleavings, replayed } from '../explorer/interleavings.ts';
import { type Quotient, quotient } from '../explorer/quotient.ts';
import { scheduleOf } from '../explorer/schedule.ts';
import { search } from '../explorer/search.ts';
import type { StepMutant } from '../model/steps/mutants/mutant.ts';
import { interleavingText } from '../report/interleaving.ts';
import { idOf, StoreError } from '../runner/store.ts';
import type { InterleavedMove, InterleavedTrace } from '../spec/interleaved-trace.ts';
import {
  INTERLEAVED_OPS,
  type InterleavedHistory,
  type InterleavedOp,
  type InterleavingScope,
  scopeProblem,
} from '../spec/interleaving.ts';
import { stepMutants } from '../targets/model/mutants.ts';
import { UsageError } from './exit.ts';
import {
  type Desk,
  doubtsAbout,
  type ExploreResult,
  type ExploreWishes,
  Pace,
  type SteppedCounterexample,
  symmetryOf,
} from './exploration.ts';

const PREFIX = 'mutant:';

/** The stepped mutant that `name` means, by its own name or by its row of the bug history; undefined if it means none. */
export async function stepMutantOf(name: string | undefined): Promise<StepMutant | undefined> {
  if (name === undefined || !name.startsWith(PREFIX)) return undefined;
  const wanted = name.slice(PREFIX.length);
  return (await stepMutants()).find(mutant => mutant.name === wanted || mutant.bug === wanted);
}

/** Explores the kernel, or `mutant` in the scope of its card but for what the flags say. */
export async function exploreSteps(
  name: string,
  mutant: StepMutant | undefined,
  wishes: ExploreWishes,
  desk: Desk,
): Promise<ExploreResult> {
  const options = await fieldOf(name, mutant, wishes);
  const { scope } = options;
  const words = inWords(scope);
  desk.onBegin(`cowcheck: explore ${name}, ${words}`);
  const before = process.cpuUsage();
  const pace = new Pace(wishes.time, desk);
  const pause = pace.of(name);
  const bounded = wishes.depth === undefined ? {} : { depth: wishes.depth };
  const space = interleavings(options);
  const result = await search(space, {
    ...bounded,
    ...(wishes.states === undefined ? {} : { states: wishes.states }),
    bail: wishes.bail ?? true,
    pause,
  });
  const { user, system } = process.cpuUsage(before);
  const { seconds } = pace;
  const { ops, steps, laws, never } = space.hits;
  let proof: Quotient | undefined;
  if (wishes.proveSymmetry === true && result.done && result.found.size === 0) {
    const whole = interleavings({ ...options, symmetry: false });
    proof = await quotient(whole, at => whole.representative(at), result.table, { ...bounded, pause });
  }
  const found = [...result.found.values()].map(moves =>
    counterexample(replayed(options, moves), scheduleOf(options, moves), name, wishes, desk),
  );
  for (const one of found) desk.onFound(one);
  const why = [
    ...(result.done || found.length > 0
      ? []
      : [pace.halted ? 'it was stopped before the end' : 'there are more states than --states allows']),
    ...doubtsAbout(proof),
  ];
  return {
    verdict: found.length > 0 ? 'violated' : why.length > 0 ? 'inconclusive' : 'held',
    target: name,
    bounds: words,
    ops: Object.keys(ops),
    complete: result.complete,
    resumed: false,
    depth: result.depth,
    states: result.states,
    transitions: result.transitions,
    frontier: result.frontier,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    bytesPerState: result.bytes / result.states,
    collision: (result.states * (result.states - 1)) / 2 ** 65,
    names: ['frames', 'processors', 'address spaces'],
    ...symmetryOf(proof),
    opsHit: ops,
    branchesHit: steps,
    rulesHit: {},
    witnesses: {},
    lawsHit: laws,
    unhit: never,
    why,
    counterexamples: found,
  };
}

/** The walk through the interleavings of these bounds, and the bounds in words. Throws UsageError. */
export async function walkOfSteps(
  name: string,
  wishes: ExploreWishes,
): Promise<{ readonly walk: InterleavedWalk; readonly words: string }> {
  const options = await fieldOf(name, await stepMutantOf(name), wishes);
  return { walk: new InterleavedWalk({ ...options, lightest: false }), words: inWords(options.scope) };
}

/** What is explored. Throws UsageError for a name that has no steps, and for a scope that cannot be. */
async function fieldOf(
  name: string,
  mutant: StepMutant | undefined,
  wishes: ExploreWishes,
): Promise<InterleavingOptions> {
  if (mutant === undefined && name !== 'model')
    throw new UsageError(
      `--cpus interleaves the steps of the model or of one of its mutants, and ${JSON.stringify(name.slice(0, 80))} is neither; they are model, ${(await stepMutants()).map(one => PREFIX + one.name).join(', ')}; type for example: cowcheck explore model --cpus 3`,
    );
  const scope = scopeOf(mutant, wishes);
  return {
    scope,
    ops: opsOf(mutant, wishes),
    lightest: mutant !== undefined,
    ...(mutant === undefined ? {} : { machine: mutant.machine }),
  };
}

/** A finding, saved where there is somewhere to save it. */
function counterexample(
  history: InterleavedHistory,
  steps: readonly InterleavedMove[],
  target: string,
  { ops }: ExploreWishes,
  { store, onUnsaved }: Desk,
): SteppedCounterexample {
  const { scope, broken } = history;
  if (broken === undefined)
    throw new Error('a history that the search found breaks nothing when it is done again');
  const { rule, invariant, required, found, because } = broken;
  const trace: InterleavedTrace = {
    format: 1,
    interleaving: scope,
    steps,
    finding: { rule, invariant, required, found, because, target },
  };
  const id = idOf(trace);
  let file = '';
  try {
    file = store?.saveCrash(id, trace) ?? '';
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    onUnsaved(trace, cause.message);
  }
  return {
    id,
    rule,
    invariant,
    ops: steps.length,
    shrunkFrom: steps.length,
    file,
    replay:
      file === ''
        ? `npx cowcheck explore ${target} ${flagsOf(scope)}${ops === undefined ? '' : ` --ops ${ops === 'all' ? ops : ops.join(',')}`}`
        : `npx cowcheck replay ${file}`,
    trace,
    columns: interleavingText(history).split('\n'),
  };
}

/** Throws UsageError for a scope that cannot be. */
function scopeOf(mutant: StepMutant | undefined, wishes: ExploreWishes): InterleavingScope {
  const card = mutant?.scope;
  const cpus = wishes.cpus ?? card?.cpus ?? 3;
  const procs = wishes.procs ?? card?.procs ?? 2;
  const pages = wishes.pages ?? card?.pages ?? 1;
  const scope = {
    cpus,
    procs,
    pages,
    frames: wishes.frames ?? card?.frames ?? procs * pages + cpus - 1,
    values: wishes.values ?? card?.values ?? 2,
    threads: wishes.threads ?? Math.min(card?.threads ?? cpus, cpus),
  };
  const problem = scopeProblem(scope);
  if (problem !== undefined)
    throw new UsageError(`${problem}; type for example: --cpus 3 --procs 2 --pages 1 --frames 4 --values 2`);
  return scope;
}

function opsOf(mutant: StepMutant | undefined, { ops }: ExploreWishes): readonly InterleavedOp[] {
  if (ops === undefined) return mutant?.ops ?? INTERLEAVED_OPS;
  if (ops === 'all') return INTERLEAVED_OPS;
  const known = (one: string): one is InterleavedOp => (INTERLEAVED_OPS as readonly string[]).includes(one);
  const lost = ops.find(one => !known(one));
  if (lost !== undefined)
    throw new UsageError(
      `${lost} is no op where steps interleave; there are ${INTERLEAVED_OPS.join(', ')}, and stores and faults always; type for example: --ops fork,exit`,
    );
  return ops.filter(known);
}

const flagsOf = (scope: InterleavingScope): string =>
  Object.entries(scope)
    .map(([flag, value]) => `--${flag} ${value}`)
    .join(' ');

function inWords({ cpus, threads, procs, pages, frames, values }: InterleavingScope): string {
  const shared = threads === cpus ? 'all may run one address space' : `${threads} may run one address space`;
  return `${cpus} processors (${shared}), ${procs} processes, ${pages} pages, ${frames} frames, ${values} values, in micro-steps`;
}
