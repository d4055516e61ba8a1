// What a target looks like from outside, as words: two states with the same words are taken for one.
import * as law from '../spec/law.ts';
import type { ReadonlyReference } from '../spec/law.ts';
import type { View } from '../properties/view.ts';
import { eachOrder } from './orders.ts';

const { ALIVE, NONE, UNMAPPED, ZOMBIE } = law;

/** In place of what has no name. */
const NOBODY = -1;
/** In front of a number by first use, what is new. */
const NEW = -2;

/** What is looked at. */
export interface Sight {
  readonly reference: ReadonlyReference & { ending(process: number): number };
  readonly view: View;
  readonly names: number;
  /** What each page of each living process reads: its bytes, or in words that it does not. */
  readonly read: ReadonlyMap<number, readonly (ArrayLike<number> | string)[]>;
  /** The target's own word for all that it remembers. */
  fingerprint(processes: readonly number[]): string | undefined;
}

/**
 * The least text among those that the orders of like processes give. `alike`: names of processes mean nothing; frames have none
 * in any case.
 */
export function likeness(sight: Sight, alike: boolean): string {
  const { reference, names } = sight;
  const all = Array.from({ length: names }, (_, p) => p).filter(p => reference.state[p] !== NONE);
  const read = new Map([...sight.read].map(([p, pages]) => [p, pages.map(shown)] as const));
  const alone = all.map(p => [p, portrayed(sight, [p], read)] as const);
  const kinds = [...new Set(alone.map(([, text]) => text))].sort();
  const colour = new Int32Array(names);
  for (const [p, text] of alone) colour[p] = alike ? kinds.indexOf(text) : p;
  const order = all.toSorted((a, b) => colour[a]! - colour[b]! || a - b);
  let least: string | undefined;
  eachOrder(order, 0, order.length, colour, () => {
    const text = `${portrayed(sight, order, read)} ${sight.fingerprint(order) ?? ''}`;
    if (least === undefined || text < least) least = text;
  });
  // Where processes have names, which ones there are is seen too.
  return `${alike ? '' : all.join()};${least ?? ''}`;
}

function shown(bytes: ArrayLike<number> | string): string {
  return typeof bytes === 'string' ? bytes : Array.from(bytes).join();
}

/** These processes in this order, with numbers by first use for whatever has names. */
function portrayed(
  { reference, view }: Sight,
  order: readonly number[],
  read: ReadonlyMap<number, readonly string[]>,
): string {
  const blocks = new Map<number, number>();
  const frames = new Map<number, number>();
  const words: (number | string)[] = [];
  const rankOf = (process: number): number => (process < 0 ? NOBODY : order.indexOf(process));
  const { pageSize } = reference.world;
  const { pages } = reference.layout;
  for (const p of order) {
    const state = reference.state[p]!;
    words.push(state, rankOf(reference.parent[p]!), rankOf(reference.suspendedBy[p]!));
    if (state === ZOMBIE) words.push(reference.ending(p));
    if (state !== ALIVE) continue;
    words.push(reference.image[p]!);
    const own = reference.spaceOf[p]! * pages;
    const shownAt = view.spaceOf[p]! * pages;
    for (let page = 0; page < pages; page++) {
      words.push(read.get(p)?.[page] ?? '');
      const entry = own + page;
      words.push(reference.permission[entry]!, reference.kind[entry]!);
      if (reference.kind[entry] !== UNMAPPED) {
        const block = reference.where[entry]!;
        if (named(block, blocks, words))
          words.push(...reference.bytes.subarray(block * pageSize, (block + 1) * pageSize));
      }
      if (shownAt < 0) continue;
      const frame = view.frame[shownAt + page]!;
      words.push(view.bits[shownAt + page]!);
      if (frame < 0) words.push(NOBODY);
      else if (named(frame, frames, words)) words.push(view.count[frame]!, view.held[frame]!);
    }
  }
  words.push(view.used, reference.frames);
  return words.join(' ');
}

/** Pushes the number by first use of `name`; true if it was not used before. */
function named(name: number, known: Map<number, number>, words: (number | string)[]): boolean {
  const rank = known.get(name);
  if (rank !== undefined) {
    words.push(rank);
    return false;
  }
  known.set(name, known.size);
  words.push(NEW);
  return true;
}
