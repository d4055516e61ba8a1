// Two states have one representative if and only if some renaming makes one of the other, by trying all renamings.
import { describe, expect, test } from 'vitest';
import { interleavings } from '../../explorer/interleavings.ts';
import { Representative } from '../../explorer/representative.ts';
import { search } from '../../explorer/search.ts';
import {
  entryTo,
  frameOf,
  type InterleavedOp,
  type Interleaving,
  type InterleavingScope,
  WRITABLE,
} from '../../spec/interleaving.ts';

type Order = readonly number[];

function orders(n: number): readonly Order[] {
  if (n === 0) return [[]];
  return orders(n - 1).flatMap(order =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
}

/** A state as text under new names: frame f is frames[f], and so on. */
function renamed(state: Interleaving, frames: Order, cpus: Order, spaces: Order): string {
  const { pages } = state.scope;
  const frame = (number: number): number => (number === state.zero ? number : (frames[number] ?? 0));
  const entry = (word: number): number => (word === 0 ? 0 : entryTo(frame(frameOf(word)), word & WRITABLE));
  const plusOne = (word: number, to: (number: number) => number): number =>
    word === 0 ? 0 : to(word - 1) + 1;
  const rows = (length: number, to: (i: number) => number, row: (i: number) => unknown): unknown[] => {
    const out: unknown[] = [];
    for (let i = 0; i < length; i++) out[to(i)] = row(i);
    return out;
  };
  const page = (at: number, array: Uint8Array, to: (word: number) => number): number[] =>
    [...array.subarray(at * pages, (at + 1) * pages)].map(to);
  return JSON.stringify([
    rows(state.zero + 1, frame, f => [state.content[f], state.count[f], state.free[f]]),
    rows(
      spaces.length,
      s => spaces[s] ?? 0,
      s => [
        state.life[s],
        state.locked[s],
        page(s, state.entry, entry),
        page(s, state.reference, value => value),
        page(s, state.pinned, word => plusOne(word, frame)),
      ],
    ),
    rows(
      cpus.length,
      c => cpus[c] ?? 0,
      c => [
        plusOne(state.running[c] ?? 0, s => spaces[s] ?? 0),
        [state.at, state.op, state.page, state.value, state.seen].map(array => array[c]),
        plusOne(state.child[c] ?? 0, s => spaces[s] ?? 0),
        [state.old, state.fresh].map(array => plusOne(array[c] ?? 0, frame)),
        page(c, state.cached, entry),
      ],
    ),
  ]);
}

function leastName(state: Interleaving): string {
  const { cpus, procs } = state.scope;
  let least: string | undefined;
  for (const f of orders(state.zero))
    for (const c of orders(cpus))
      for (const s of orders(procs)) {
        const name = renamed(state, f, c, s);
        if (least === undefined || name < least) least = name;
      }
  return least ?? '';
}

describe('one representative, one class', () => {
  test.each<[Partial<InterleavingScope>, readonly InterleavedOp[]]>([
    [{}, ['fork', 'exit']],
    [{}, ['fork', 'pin']],
    [{ pages: 2 }, []],
    [{ cpus: 3, threads: 3 }, []],
    [{ procs: 3, frames: 1 }, ['fork']],
  ])('%j with %j', async (part, ops) => {
    const scope = { cpus: 2, procs: 2, pages: 1, frames: 2, values: 2, threads: 2, ...part };
    const space = interleavings({ scope, ops, symmetry: false });
    const representative = new Representative(scope, 0);
    const classOf = new Map<string, string>();
    const representativeOf = new Map<string, string>();
    let states = 0;
    const wrong: string[] = [];
    const result = await search(space, {
      onState: () => {
        states++;
        const bytes = representative.of(space.machine, 0).join(' ');
        const name = leastName(space.machine);
        if ((classOf.get(bytes) ?? name) !== name || (representativeOf.get(name) ?? bytes) !== bytes)
          wrong.push(`${bytes}: ${name}`);
        classOf.set(bytes, name);
        representativeOf.set(name, bytes);
      },
    });
    expect(wrong).toEqual([]);
    expect(result.complete).toBe(true);
    expect(classOf.size).toBeLessThan(states);
  });
});
