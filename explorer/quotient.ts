// Is a reduction true? Every state of the whole search is looked up among those of the reduced one, and the other way round;
// and what is taken for one goes on in one way.
import { search, type SearchOptions, type SearchResult } from './search.ts';
import type { Space } from './space.ts';
import { Table } from './table.ts';

export interface Quotient {
  /** The search of every state under its own name. */
  readonly whole: SearchResult;
  /** Classes that the states of the whole search belong to. */
  readonly classes: number;
  /** Of those, the ones that the reduced search has not seen; and what it has seen beside them. */
  readonly missing: number;
  readonly extra: number;
  /** States of the whole search whose moves lead to other classes than those of another state of their class. */
  readonly apart: number;
}

/**
 * Searches `whole`, the same space without the reductions, and compares with `reduced`, which was searched with them:
 * `represent` writes the fingerprint that the present state of `whole` has under the reductions. Both searches have to
 * have the same bounds.
 */
export async function quotient<Mark>(
  whole: Space<Mark>,
  represent: (words: Uint32Array) => void,
  reduced: Table,
  options: Pick<SearchOptions, 'depth' | 'pause'> = {},
): Promise<Quotient> {
  const words = new Uint32Array(2);
  const classes = new Table();
  /** By number of a state its class, told by 53 bits of the fingerprint. */
  const classOf: number[] = [];
  const ways = new Ways();
  let missing = 0;
  const result = await search(whole, {
    ...options,
    onState: () => {
      represent(words);
      classOf.push(named(words));
      if (classes.find(words[0]!, words[1]!) >= 0) return;
      classes.enter(words[0]!, words[1]!, 0, 0, 0);
      if (reduced.find(words[0]!, words[1]!) < 0) missing++;
    },
    onMove: (_, state) => {
      ways.of(state, classOf[state]!);
      if (whole.idle === true) return;
      represent(words);
      ways.lead(named(words));
    },
  });
  return {
    whole: result,
    classes: classes.size,
    missing,
    extra: reduced.size - (classes.size - missing),
    apart: ways.apart(),
  };
}

const named = (words: Readonly<Uint32Array>): number => words[1]! * 0x200000 + (words[0]! >>> 11);

/** Where the states of each class lead. Told of the moves of one state after those of another. */
class Ways {
  #state = -1;
  #class = 0;
  readonly #here = new Set<number>();
  /** For each class where the first of its states leads. */
  readonly #ofClass = new Map<number, string>();
  #apart = 0;

  /** The moves that follow are of `state`, of class `its`. */
  of(state: number, its: number): void {
    if (state === this.#state) return;
    this.#close();
    this.#state = state;
    this.#class = its;
  }

  lead(to: number): void {
    if (to !== this.#class) this.#here.add(to);
  }

  apart(): number {
    this.#close();
    return this.#apart;
  }

  #close(): void {
    if (this.#state < 0) return;
    const ways = [...this.#here].toSorted((a, b) => a - b).join();
    const first = this.#ofClass.get(this.#class);
    if (first === undefined) this.#ofClass.set(this.#class, ways);
    else if (first !== ways) this.#apart++;
    this.#here.clear();
  }
}
