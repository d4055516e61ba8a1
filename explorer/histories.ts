// Every history of a small world up to names, for targets that cannot go back: each is run from its beginning.
import { STRIDE, type Tape } from '../spec/tape.ts';
import { search, type SearchOptions } from './search.ts';
import type { SmallWorld } from './small-world.ts';
import { Table } from './table.ts';

/** Transitions of the small world, each once: from which state by which op to which. */
export class Transitions {
  readonly #known = new Table();

  add(from: Uint32Array, code: number, to: Uint32Array): void {
    const low = mix(mix(from[0]!, to[0]!), code);
    const high = mix(mix(from[1]!, to[1]!), code + 64);
    if (this.#known.find(low, high) < 0) this.#known.enter(low, high, 0, 0, 0);
  }

  get size(): number {
    return this.#known.size;
  }
}

/** How many transitions histories of at most `depth` ops can take; undefined: `pause` stopped it. */
export async function transitionsWithin(
  space: SmallWorld,
  depth: number,
  pause?: SearchOptions['pause'],
): Promise<number | undefined> {
  const all = new Transitions();
  const before = new Uint32Array(2);
  const after = new Uint32Array(2);
  const { done } = await search(space, {
    depth,
    ...(pause === undefined ? {} : { pause }),
    onMove: (table, state, move) => {
      table.fingerprint(state, before);
      space.fingerprint(after);
      all.add(before, space.op(move)[0]!, after);
    },
  });
  return done ? all.size : undefined;
}

/**
 * Histories of `depth` ops, and shorter ones after which nobody is left to act: every shorter history is the beginning of
 * one of them. `seen` learns which transitions they take. The space is in the state at the end of a history when it is handed out.
 */
export function* histories(space: SmallWorld, depth: number, seen: Transitions): Generator<Tape> {
  space.start();
  yield* from(space, [], depth, seen);
}

function* from(
  space: SmallWorld,
  so: readonly Int32Array[],
  left: number,
  seen: Transitions,
): Generator<Tape> {
  const moves = new Int32Array(space.most);
  const count = left === 0 ? 0 : space.moves(moves, left);
  if (count === 0) return yield tapeOf(space, so);
  const mark = space.save();
  const before = new Uint32Array(2);
  const after = new Uint32Array(2);
  space.fingerprint(before);
  for (const move of moves.subarray(0, count)) {
    const op = space.op(move).slice();
    // The model keeps the law: what is to be shown is whether the target does.
    space.make(move);
    space.fingerprint(after);
    seen.add(before, op[0]!, after);
    yield* from(space, [...so, op], left - 1, seen);
    space.restore(mark);
  }
}

function tapeOf(space: SmallWorld, ops: readonly Int32Array[]): Tape {
  const words = new Int32Array(ops.length * STRIDE);
  ops.forEach((op, i) => words.set(op, i * STRIDE));
  return { ...space.blank, words, length: ops.length };
}

function mix(a: number, b: number): number {
  const mixed = Math.imul(a ^ (b << 7) ^ (b >>> 25), 0x9e3779b1);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
