// A walk through a space: a path of moves by their words, where it leads, what its last move changed, and where it can go on.
import type { Breach } from '../properties/examiner.ts';
import { type Change, changes } from './changes.ts';
import type { MoveWords, Walkable, WalkState } from './walkable.ts';

/** Longer paths are refused, and longer steps. */
export const MOST_STEPS = 200;
const LONGEST_STEP = 80;

export interface WalkStep extends MoveWords {
  readonly answer: string;
  /** Of the state it leads to. */
  readonly id: string;
}

/** Where a move leads. `back`: to the state after `to` steps; `idle`: where the search expects nothing new. */
export type Leads =
  | { readonly leads: 'new' | 'same' | 'idle' }
  | { readonly leads: 'back'; readonly to: number }
  | { readonly leads: 'breaks'; readonly law: string };

export type WalkMove = MoveWords & Leads & { readonly id: string };

/** A place on a walk, as plain data. */
export interface Walk {
  readonly steps: readonly WalkStep[];
  /** The first state, and the present one: two paths that lead to one state, or to states that differ in names only, have one id. */
  readonly start: string;
  readonly id: string;
  /** After how many steps this state was met before. */
  readonly metAt?: number;
  readonly state: WalkState;
  /** What the last step changed. */
  readonly changes: readonly Change[];
  /** The law that the last step broke: there the history ends. */
  readonly breach?: Pick<Breach, 'invariant'> & {
    readonly rule: number;
    readonly required: string;
    readonly found: string;
  };
  readonly laws: number;
  readonly moves: readonly WalkMove[];
}

/** A path that cannot be walked. */
export class WalkError extends Error {
  override readonly name = 'WalkError';
  /** The steps before the one that cannot be made. */
  readonly before: readonly string[];
  constructor(message: string, before: readonly string[] = []) {
    super(message);
    this.before = before;
  }
}

/** `fork.A.B~write.A.data+0.4.224`: the path in an address. Empty for the start. */
export function formatPath(steps: readonly string[]): string {
  return steps.join('~');
}

/** The steps of a path. Throws WalkError. */
export function parsePath(text: string): readonly string[] {
  if (text === '') return [];
  const steps = text.split('~', MOST_STEPS + 1);
  if (steps.length > MOST_STEPS)
    throw new WalkError(`a path has at most ${MOST_STEPS} steps; this one has more`);
  steps.forEach((step, i) => {
    if (step.length <= LONGEST_STEP && /^[\w+:-]+(\.[\w+:-]+)*$/.test(step)) return;
    const shown = step.length > LONGEST_STEP ? `${step.slice(0, LONGEST_STEP)}…` : step;
    throw new WalkError(
      `step ${i + 1} is not readable: received ${JSON.stringify(shown)}; a step is words with dots between, such as fork.A.B`,
      steps.slice(0, i),
    );
  });
  return steps;
}

/** Walks through one space; every walk begins at its start. */
export class Walker<Mark> {
  readonly #space: Walkable<Mark>;
  readonly #moves: Int32Array;
  readonly #words = new Uint32Array(2);

  /** Nothing else may use `space` while a walk is made. */
  constructor(space: Walkable<Mark>) {
    this.#space = space;
    this.#moves = new Int32Array(space.most);
  }

  /** Where `path` leads. Throws WalkError if a step cannot be made. */
  at(path: readonly string[]): Walk {
    const space = this.#space;
    if (path.length > MOST_STEPS)
      throw new WalkError(`a path has at most ${MOST_STEPS} steps; this one has ${path.length}`);
    space.start();
    const start = this.#id();
    const steps: WalkStep[] = [];
    let before: WalkState | undefined;
    let broke = false;
    path.forEach((step, i) => {
      if (broke)
        throw new WalkError(
          `step ${i + 1}, ${step}, cannot be made: step ${i} broke a law, and the history ends there`,
          path.slice(0, i),
        );
      const move = this.#find(step, i, path);
      const words = space.words(move);
      if (i === path.length - 1) before = space.describe();
      broke = space.make(move) !== undefined;
      steps.push({ ...words, answer: space.answer, id: this.#id() });
    });
    const id = steps.at(-1)?.id ?? start;
    const ids = [start, ...steps.map(one => one.id)];
    const metAt = ids.indexOf(id);
    const state = space.describe();
    const { breach } = space;
    return {
      steps,
      start,
      id,
      ...(metAt < steps.length ? { metAt } : {}),
      state,
      changes: before === undefined ? [] : changes(before, state),
      ...(breach === undefined || !broke ? {} : { breach: told(breach) }),
      laws: space.laws,
      moves: broke || steps.length === MOST_STEPS ? [] : this.#onward(ids),
    };
  }

  /** The moves of the present state, each tried and taken back. */
  #onward(ids: readonly string[]): readonly WalkMove[] {
    const space = this.#space;
    const mark = space.save();
    const found = new Map<string, WalkMove>();
    for (const move of this.#list()) {
      const words = space.words(move);
      if (found.has(words.step)) continue;
      const law = space.make(move);
      const id = this.#id();
      found.set(words.step, { ...words, id, ...leads(law, space.idle === true, ids, id) });
      space.restore(mark);
    }
    return [...found.values()];
  }

  #list(): readonly number[] {
    const count = this.#space.moves(this.#moves, Number.POSITIVE_INFINITY);
    return Array.from(this.#moves.subarray(0, count));
  }

  #find(step: string, index: number, path: readonly string[]): number {
    const moves = this.#list();
    const words = moves.map(move => this.#space.words(move).step);
    const at = words.indexOf(step);
    if (at >= 0) return moves[at]!;
    const kind = step.split('.')[0] ?? '';
    const alike = [...new Set(words.filter(one => one.split('.')[0] === kind))];
    const kinds = [...new Set(words.map(one => one.split('.')[0]))];
    throw new WalkError(
      `step ${index + 1}, ${step}, cannot be made there; ${
        alike.length > 0
          ? `what begins with ${kind} there: ${alike.slice(0, 12).join(', ')}${alike.length > 12 ? ' …' : ''}`
          : `what can be done there begins with: ${kinds.join(', ') || 'nothing'}`
      }`,
      path.slice(0, index),
    );
  }

  /** The fingerprint of the present state in hex. */
  #id(): string {
    const words = this.#words;
    this.#space.fingerprint(words);
    return [words[1]!, words[0]!].map(word => word.toString(16).padStart(8, '0')).join('');
  }
}

function leads(law: string | undefined, idle: boolean, ids: readonly string[], id: string): Leads {
  if (law !== undefined) return { leads: 'breaks', law };
  const to = ids.lastIndexOf(id);
  if (to === ids.length - 1) return { leads: 'same' };
  if (to >= 0) return { leads: 'back', to };
  return { leads: idle ? 'idle' : 'new' };
}

function told({ invariant, evidence }: Breach): NonNullable<Walk['breach']> {
  const { rule, required, found } = evidence;
  return { invariant, rule, required, found };
}
