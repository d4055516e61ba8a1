// Is a reduction true? Every state of the whole search is looked up among those of the reduced one, and the other way round.
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
  let missing = 0;
  const result = await search(whole, {
    ...options,
    onState: () => {
      represent(words);
      if (classes.find(words[0]!, words[1]!) >= 0) return;
      classes.enter(words[0]!, words[1]!, 0, 0, 0);
      if (reduced.find(words[0]!, words[1]!) < 0) missing++;
    },
  });
  return {
    whole: result,
    classes: classes.size,
    missing,
    extra: reduced.size - (classes.size - missing),
  };
}
