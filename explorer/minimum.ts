// The fewest ops that break a law: every history of a small world, shortest first.
import { ACTOR, alphabetOf, type Grain, HANDLE, OTHER, VALUES } from '../properties/alphabet.ts';
import * as op from '../spec/op.ts';
import { nameOf, STRIDE, type Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { fingerprint } from './fingerprint.ts';
import { isFailure, type MachineMaker, type Mark, Stage } from './stage.ts';

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

interface State {
  readonly from: State | undefined;
  readonly by: Int32Array;
}

/**
 * Breadth first over all histories of the alphabet, in the world that is given. What is left out, and why nothing is lost:
 *
 * - A state seen before is not expanded again. The state is all that machine, reference and judges remember, so what can
 *   follow it is the same; and it was seen after no more ops.
 * - A child always gets the lowest name not in use. Names are labels: machine, reference and judges treat all alike, but
 *   for wait, which takes the zombie with the lowest, and any choice of it is judged alike.
 * - A pin always gets the lowest handle not in use, for the same reason; one that is not in use is answered before
 *   anything is touched.
 * - An actor that neither the machine nor the reference knows to be alive and awake is answered before anything is
 *   touched, and so is a fork into a taken name or the kill of nobody: such an op changes nothing and breaks nothing.
 * - `failalloc` is followed by the very op in which it fires. Nothing but the allocation that fails looks at it, so in any
 *   history it can be moved there, counting only the allocations of that op; one that never fires can be left out.
 * - Two values, as every byte is only ever compared: a violation is one pair of bytes that differ and should not, or the
 *   other way round, and of two values that differ in each byte one does it.
 */
export async function minimum(options: MinimumOptions): Promise<Minimum> {
  const { world, can, depth, states: most = Number.POSITIVE_INFINITY } = options;
  const stage = new Stage(world, options.machine, can);
  const hash = await fingerprint();
  const letters = alphabetOf(world, can.ops, options.grain ?? { range: 2, values: VALUES }, can.advice);
  const start = stage.save();
  const seen = new Set([hash(start)]);
  const found = new Map<string, Tape>();
  const letter = new Int32Array(STRIDE);
  let transitions = 0;
  let states = 0;
  let level: State[] = [{ from: undefined, by: letter }];
  for (let length = 1; length <= depth; length++) {
    const next: State[] = [];
    for (const state of level) {
      if (states >= most) return { found, depth: length - 1, states, transitions, complete: false };
      states++;
      const mark = arrive(stage, start, state);
      const armed = stage.armed;
      for (const op of opsIn(stage, letters, letter, armed || length === depth)) {
        transitions++;
        const signature = stage.perform(op);
        if (signature !== undefined) {
          if (!found.has(signature)) found.set(signature, tapeTo(world, { from: state, by: op.slice() }));
        } else if (length < depth && (!armed || stage.fired)) {
          const reached = hash(stage.save());
          if (!seen.has(reached)) {
            seen.add(reached);
            next.push({ from: state, by: op.slice() });
          }
        }
        stage.restore(mark);
      }
    }
    level = next;
  }
  return { found, depth, states, transitions, complete: true };
}

/** Brings `stage` to `state` by the ops that lead there. */
function arrive(stage: Stage, start: Mark, state: State): Mark {
  stage.restore(start);
  for (const op of opsTo(state)) stage.perform(op);
  return stage.save();
}

function opsTo(state: State): readonly Int32Array[] {
  const ops: Int32Array[] = [];
  for (let at = state; at.from !== undefined; at = at.from) ops.unshift(at.by);
  return ops;
}

function tapeTo(world: World, state: State): Tape {
  const ops = opsTo(state);
  const words = new Int32Array(ops.length * STRIDE);
  ops.forEach((op, i) => words.set(op, i * STRIDE));
  return {
    world,
    names: Array.from({ length: world.processes + 1 }, (_, p) => nameOf(p)),
    words,
    length: ops.length,
  };
}

/** The ops of the alphabet that can do something here, each in `letter`; `only`: without `failalloc`. */
function* opsIn(
  stage: Stage,
  letters: readonly Int32Array[],
  letter: Int32Array,
  only: boolean,
): Generator<Int32Array> {
  const { handles, names } = stage;
  // The lowest handle not in use; 0 if there is none.
  let free = 0;
  while (handles.includes(free)) free++;
  if (free === op.MOST_PINS) free = 0;
  let fresh = 0;
  while (fresh < names - 1 && stage.exists(fresh)) fresh++;
  const actors: number[] = [];
  const victims: number[] = [];
  for (let p = 0; p < names; p++) {
    if (stage.acts(p)) actors.push(p);
    if (stage.exists(p)) victims.push(p);
  }
  for (const template of letters) {
    letter.set(template);
    if (isFailure(template)) {
      if (!only) yield letter;
      continue;
    }
    const code = template[0]!;
    if (!op.hasActor(code)) {
      for (const handle of handles) {
        letter[ACTOR] = handle;
        yield letter;
      }
      continue;
    }
    if (code === op.PIN) letter[HANDLE] = free;
    const others = code === op.KILL ? victims : op.isBirth(code) ? [fresh] : undefined;
    for (const actor of actors) {
      letter[ACTOR] = actor;
      if (others === undefined) yield letter;
      else
        for (const other of others) {
          letter[OTHER] = other;
          yield letter;
        }
    }
  }
}
