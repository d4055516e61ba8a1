// The one search: shortest histories, the lightest of those, bounds, and going on where it stopped.
import { expect, test } from 'vitest';
import { search, type SearchImage } from '../../explorer/search.ts';
import type { Space } from '../../explorer/space.ts';

const LEFT = 0;
const UP = 1;
const LEAP = 2;

/** A square of points; moves go right, up, or two to the right. The corner breaks a law. */
class Grid implements Space<readonly [number, number]> {
  readonly most = 3;
  readonly #size: number;
  #x = 0;
  #y = 0;

  constructor(size: number) {
    this.#size = size;
  }

  start(): void {
    this.#x = 0;
    this.#y = 0;
  }

  moves(into: Int32Array): number {
    let count = 0;
    if (this.#x + 1 < this.#size) into[count++] = LEFT;
    if (this.#y + 1 < this.#size) into[count++] = UP;
    if (this.#x + 2 < this.#size) into[count++] = LEAP;
    return count;
  }

  make(move: number): string | undefined {
    if (move === UP) this.#y++;
    else this.#x += move === LEAP ? 2 : 1;
    return this.#x === this.#size - 1 && this.#y === this.#size - 1 ? 'corner' : undefined;
  }

  save(): readonly [number, number] {
    return [this.#x, this.#y];
  }

  restore([x, y]: readonly [number, number]): void {
    this.#x = x;
    this.#y = y;
  }

  fingerprint(words: Uint32Array): void {
    words[0] = Math.imul(this.#x + 1, 0x9e3779b1);
    words[1] = this.#y;
  }
}

/** The same, and two to the right weigh more. */
class Square extends Grid {
  weigh(move: number): number {
    return move === LEAP ? 3 : 0;
  }
}

test('every state is seen once, and the corner is reached in the fewest moves', async () => {
  const { states, found, complete, frontier } = await search(new Square(9));
  // Eight up and four leaps; the corner itself is no state, for it breaks the law.
  expect(found.get('corner')).toHaveLength(12);
  expect({ states, complete, frontier }).toEqual({ states: 80, complete: true, frontier: 0 });
});

test('among the shortest histories the lightest is found', async () => {
  // Two to the right by one leap and one step up, or the other way round: of equal length and weight; a lighter one is longer.
  const { found } = await search(new Square(4));
  const moves = found.get('corner') ?? [];
  expect(moves.filter(move => move === LEAP)).toHaveLength(1);
  expect(moves).toHaveLength(5);
});

test('a bound of depth ends it, and says that it is not complete', async () => {
  const bounded = await search(new Square(9), { depth: 3 });
  expect(bounded).toMatchObject({ depth: 3, done: true, complete: false });
  expect(bounded.frontier).toBeGreaterThan(0);
  const uncounted = await search(new Square(9), { depth: 3, counted: false });
  expect(uncounted.states).toBe(bounded.states - bounded.frontier);
});

test('a bound of states stops it, and it is not done', async () => {
  expect(await search(new Square(60), { states: 100 })).toMatchObject({ done: false, complete: false });
});

test('one that was stopped goes on where it was, and ends like one that was not', async () => {
  const whole = await search(new Square(80));
  let kept: SearchImage | undefined;
  const stopped = await search(new Square(80), {
    pause: ({ states, image }) => {
      if (states < 1000) return false;
      kept = image();
      return true;
    },
  });
  expect(stopped.done).toBe(false);
  if (kept === undefined) throw new Error('nothing was kept');
  const { states, transitions, depth, found, complete } = await search(new Square(80), { from: kept });
  expect({ states, transitions, depth, complete, found: found.get('corner')?.length }).toEqual({
    states: whole.states,
    transitions: whole.transitions,
    depth: whole.depth,
    complete: true,
    found: whole.found.get('corner')?.length,
  });
});

/** Every point breaks a law of its column, but for those on the lower edge. */
class Thorns extends Grid {
  override make(move: number): string | undefined {
    super.make(move);
    const [x, y] = this.save();
    return y === 0 ? undefined : `thorn at ${x}`;
  }
}

class WeighedThorns extends Thorns {
  weigh(): number {
    return 0;
  }
}

test('it stops as soon as so many laws are broken; weighed, at the end of the level; or of the first that breaks one', async () => {
  const kept = async (space: Grid, bail: boolean | number): Promise<unknown> => {
    const { found, done, complete } = await search(space, { bail });
    return { found: [...found.keys()], done, complete };
  };
  const some = (...found: readonly string[]): unknown => ({ found, done: true, complete: false });
  expect(await kept(new Thorns(9), 1)).toEqual(some('thorn at 0'));
  expect(await kept(new Thorns(9), 2)).toEqual(some('thorn at 0', 'thorn at 1'));
  expect(await kept(new Thorns(9), true)).toEqual(some('thorn at 0'));
  // Points 1 and 2 take one move each, so the second level breaks two laws.
  expect(await kept(new WeighedThorns(9), 2)).toEqual(some('thorn at 0', 'thorn at 1', 'thorn at 2'));
  const { found, complete } = await search(new Thorns(9), { bail: 100 });
  expect([found.size, complete]).toEqual([9, true]);
});
