// The one search: breadth first over the states of a space, so that what it finds takes the fewest moves.
import { Level } from './level.ts';
import type { Space } from './space.ts';
import { Table, type TableImage } from './table.ts';

export interface SearchOptions {
  /** Histories of at most so many moves; absent: all. */
  readonly depth?: number;
  /** Stop when more than so many states are known. */
  readonly states?: number;
  /** Is the last level of a bounded search of use: are its states to be entered, and counted? Default: yes. */
  readonly counted?: boolean;
  /** True: stop at the end of the level that breaks a law. A number: as soon as so many are broken; of weighed histories, at the end of that level. */
  readonly bail?: boolean | number;
  /** Go on from here. */
  readonly from?: SearchImage;
  /** Called for every state that is new, with the space in it. */
  readonly onState?: () => void;
  /** Called after every move that was tried and broke nothing, with the space where it leads; `table` knows the state it was tried in. */
  readonly onMove?: (table: Table, state: number, move: number) => void;
  /** Called between states, at every so many of them; true: stop. */
  readonly pause?: (progress: SearchProgress) => boolean | Promise<boolean>;
}

export interface SearchProgress {
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  /** States that are known and not yet expanded. */
  readonly frontier: number;
  readonly bytes: number;
  /** The search as it stands, to be gone on with later. Made when asked for. */
  readonly image: () => SearchImage;
}

/** A search between two states. */
export interface SearchImage extends TableImage {
  readonly depth: number;
  readonly next: number;
  readonly end: number;
  readonly transitions: number;
  readonly found: readonly Found[];
}

/** A history that ends in a violation. */
export interface Found {
  readonly signature: string;
  readonly moves: readonly number[];
  readonly weight: number;
}

export interface SearchResult {
  /** By signature: the moves of a history that ends in that violation, the fewest there are and among those the lightest. */
  readonly found: ReadonlyMap<string, readonly number[]>;
  /** Every history of at most so many moves has been looked at. */
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  readonly frontier: number;
  /** There is no state that was not expanded. */
  readonly complete: boolean;
  /** The depth that was asked for was reached, or everything; or as many laws were broken as were asked for. */
  readonly done: boolean;
  /** Bytes of all that it keeps of the states. */
  readonly bytes: number;
  readonly table: Table;
}

/** How many states are expanded between two pauses. */
const BREATH = 256;
/** Weights are kept in 16 bits. */
const MOST_WEIGHT = 0xffff;

/** A state on the way to the present one. */
interface Stop<Mark> {
  readonly state: number;
  readonly mark: Mark;
}

/** Searches `space` from its first state, or goes on. Nothing of the space is kept but moves and fingerprints. */
export async function search<Mark>(space: Space<Mark>, options: SearchOptions = {}): Promise<SearchResult> {
  const { depth: most = Number.POSITIVE_INFINITY, states: room = Number.POSITIVE_INFINITY } = options;
  const { counted = true, bail = false, from, onState, onMove, pause } = options;
  const words = new Uint32Array(2);
  const moves = new Int32Array(space.most);
  const found = new Map<string, Found>(from?.found.map(one => [one.signature, one]));
  const weigh = space.weigh?.bind(space);
  const table = from === undefined ? new Table() : Table.of(from);
  space.start();
  const path: Stop<Mark>[] = [{ state: 0, mark: space.save() }];
  const spare: Mark[] = [];
  if (from === undefined) {
    space.fingerprint(words);
    table.enter(words[0]!, words[1]!, 0, 0, 0);
    onState?.();
  }
  let { depth, next, end, transitions } = from ?? { depth: 0, next: 0, end: 1, transitions: 0 };
  let stopped = false;
  const enough = bail === false ? Number.POSITIVE_INFINITY : Number(bail);
  const atOnce = typeof bail === 'number' && weigh === undefined;
  let bailed = false;
  const { packing } = space;
  const levelFrom = (first: number): Level | undefined =>
    packing === undefined ? undefined : new Level(packing, first);
  let here = levelFrom(table.size);
  let ahead = levelFrom(table.size);
  const packed = (): number => (here?.bytes ?? 0) + (ahead?.bytes ?? 0);
  let mostPacked = 0;
  const image = (): SearchImage => ({
    ...table.image(),
    depth,
    next,
    end,
    transitions,
    found: [...found.values()],
  });
  const progress = (): SearchProgress => ({
    depth,
    states: table.size,
    transitions,
    frontier: table.size - next,
    bytes: table.bytes + packed(),
    image,
  });

  // One level after the other: states `next` to `end` - 1 are those that take `depth` moves.
  while (next < end && depth < most && !stopped && !bailed) {
    const last = depth + 1 === most && !counted;
    for (; next < end && !stopped; next++) {
      if (next % BREATH === 0 && pause !== undefined && (await pause(progress()))) {
        stopped = true;
        break;
      }
      if (table.size > room) {
        stopped = true;
        break;
      }
      const kept = here?.has(next) === true ? here : undefined;
      kept?.get(next);
      const back = kept === undefined ? arrive(space, table, path, spare, next) : undefined;
      const weight = table.weight(next);
      const count = space.moves(moves, most - depth);
      for (let i = 0; i < count; i++) {
        const move = moves[i]!;
        const broke = space.make(move);
        const known = space.idle === true || space.same === true;
        transitions++;
        space.tried?.(move, broke);
        if (broke === undefined) onMove?.(table, next, move);
        if (broke !== undefined || (!known && !last)) {
          const heavier = weigh === undefined ? 0 : Math.min(MOST_WEIGHT, weight + weigh(move));
          if (broke !== undefined) {
            const before = found.get(broke);
            if (before === undefined || (before.moves.length === depth + 1 && heavier < before.weight))
              found.set(broke, { signature: broke, moves: [...table.movesTo(next), move], weight: heavier });
          } else {
            space.fingerprint(words);
            const state = table.find(words[0]!, words[1]!);
            if (state < 0) {
              ahead?.put(table.size);
              table.enter(words[0]!, words[1]!, next, move, heavier);
              onState?.();
            } else if (state >= end && heavier < table.weight(state)) {
              ahead?.put(state);
              table.reach(state, next, move, heavier);
            }
          }
        }
        if (back === undefined) kept?.get(next);
        else space.restore(back);
        if (broke !== undefined && atOnce && found.size >= enough) {
          bailed = true;
          break;
        }
      }
      if (bailed) break;
    }
    if (stopped || bailed) break;
    depth++;
    mostPacked = Math.max(mostPacked, packed());
    here = ahead;
    end = table.size;
    ahead = levelFrom(end);
    bailed = found.size >= enough;
  }
  const frontier = table.size - next;
  return {
    found: new Map([...found].map(([signature, one]) => [signature, one.moves])),
    depth,
    states: table.size,
    transitions,
    frontier,
    complete: frontier === 0 && !stopped && (counted || depth < most),
    done: !stopped,
    bytes: table.bytes + Math.max(mostPacked, packed()),
    table,
  };
}

/** Brings `space` to `state`, from the last state on the way to it that `path` has a mark of; `path` then leads to it. */
function arrive<Mark>(
  space: Space<Mark>,
  table: Table,
  path: Stop<Mark>[],
  spare: Mark[],
  state: number,
): Mark {
  const back: number[] = [];
  // A state has a greater number than the one before it, so the greater of the two is never on the way to the other.
  let at = state;
  for (let last = path.at(-1)!.state; last !== at; last = path.at(-1)!.state)
    if (last > at) spare.push(path.pop()!.mark);
    else {
      back.push(at);
      at = table.from(at);
    }
  space.restore(path.at(-1)!.mark);
  for (const one of back.toReversed()) {
    space.make(table.by(one));
    path.push({ state: one, mark: space.save(spare.pop()) });
  }
  return path.at(-1)!.mark;
}
