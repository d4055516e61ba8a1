// Interleavings of the right kernel: complete and clean in small worlds, with names that mean nothing taken for one.
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  interleavings,
  InterleavingSpace,
  type InterleavingOptions,
  replayed,
} from '../../explorer/interleavings.ts';
import { quotient } from '../../explorer/quotient.ts';
import { hashInto, Representative } from '../../explorer/representative.ts';
import { search } from '../../explorer/search.ts';
import { entryReadsReference } from '../../properties/interleaved/contents.ts';
import { StepMachine } from '../../model/steps/machine.ts';
import {
  type InterleavedOp,
  type Interleaving,
  type InterleavingScope,
  TO_FORK,
} from '../../spec/interleaving.ts';
import { stepMutants } from '../../targets/model/mutants.ts';

/** Processors, pages, frames, values, as the tables of others have them; two processes and as many threads as processors. */
function scopeOf(text: string): InterleavingScope {
  const [cpus = 0, pages = 0, frames = 0, values = 0] = text.split(',').map(Number);
  return { cpus, procs: 2, pages, frames, values, threads: cpus };
}

const FORKS: readonly InterleavedOp[] = ['fork', 'exit'];
const MOST_BYTES = 60;
const PAGE = readFileSync(new URL('../../docs/interleavings.md', import.meta.url), 'utf8');

describe('the right kernel breaks nothing', () => {
  test.each([
    ['2,1,3,2', undefined, 98_821, 276_788],
    ['2,1,3,2', FORKS, 2_720, 8_272],
    ['3,1,4,2', FORKS, 8_021, 40_556],
    ['3,1,4,2', ['fork', 'exec', 'exit'] as const, 28_288, 133_979],
    ['2,1,3,3', FORKS, 5_590, 17_796],
    ['2,2,3,2', FORKS, 137_953, 392_552],
  ])('%s with %s: %i states', async (text, ops, states, transitions) => {
    const scope = scopeOf(text);
    const result = await search(interleavings(ops === undefined ? { scope } : { scope, ops }));
    expect([...result.found.keys()]).toEqual([]);
    expect(result.complete).toBe(true);
    expect([result.states, result.transitions]).toEqual([states, transitions]);
  });

  test('three processors and all ops: the world that decides between the orders of a break', {
    timeout: 120_000,
  }, async () => {
    const space = interleavings({ scope: scopeOf('3,1,4,2') });
    const result = await search(space);
    expect([...result.found.keys()]).toEqual([]);
    expect(result.complete).toBe(true);
    expect(result.states).toBe(426_223);
    expect(PAGE).toContain(`${result.states.toLocaleString('en-US')} states`);
    expect(result.bytes / result.states).toBeLessThan(MOST_BYTES);
    // Nobody runs out of frames here.
    expect(space.hits.never).toEqual(['undo']);
  });

  test('three processes', async () => {
    const scope = { ...scopeOf('2,1,4,2'), procs: 3 };
    const { found, complete } = await search(interleavings({ scope, ops: FORKS }));
    expect([...found.keys()]).toEqual([]);
    expect(complete).toBe(true);
  });

  test('too few frames', async () => {
    const space = interleavings({ scope: scopeOf('2,1,1,2') });
    const { found, complete } = await search(space);
    expect([...found.keys()]).toEqual([]);
    expect(complete).toBe(true);
    expect(space.hits.steps['undo']).toBeGreaterThan(0);
    // The one frame is what the parent has: nobody can copy for a child.
    expect(space.hits.never).toEqual(['install in child']);
  });

  test('threads of one space only as many as it may have', async () => {
    const scope = { ...scopeOf('2,1,3,2'), threads: 1 };
    const one = interleavings({ scope, ops: FORKS });
    const result = await search(one, { onState: () => expect(runners(one.machine)).toBeLessThan(2) });
    expect(result.complete).toBe(true);
    expect(result.states).toBeLessThan(2_720);
  });
});

/** Most processors that run one space. */
function runners({ running }: Interleaving): number {
  const counts = new Map<number, number>();
  for (const space of running) if (space > 0) counts.set(space, (counts.get(space) ?? 0) + 1);
  return Math.max(0, ...counts.values());
}

describe('names of frames, processors and spaces mean nothing', () => {
  const check = async (options: InterleavingOptions): Promise<readonly number[]> => {
    const reduced = await search(interleavings(options));
    const whole = interleavings({ ...options, symmetry: false });
    const result = await quotient(whole, words => whole.representative(words), reduced.table);
    expect(result.whole.complete).toBe(true);
    expect([...result.whole.found.keys()].sort()).toEqual([...reduced.found.keys()].sort());
    expect(result.whole.states).toBeGreaterThan(2 * reduced.states);
    return [result.missing, result.extra];
  };

  test.each([
    ['2,1,3,2', FORKS],
    ['2,1,2,2', ['fork', 'exec', 'discard'] as const],
    ['2,1,2,2', ['fork', 'pin', 'kwrite'] as const],
    ['2,2,3,2', ['fork'] as const],
    ['3,1,3,2', ['fork'] as const],
  ])('%s with %s', { timeout: 60_000 }, async (text, ops) => {
    expect(await check({ scope: scopeOf(text), ops })).toEqual([0, 0]);
  });

  test('with the processor that moved last', async () => {
    expect(await check({ scope: scopeOf('2,1,3,2'), ops: ['fork'], lightest: true })).toEqual([0, 0]);
  });

  test('in kernels that keep hold of frames that are free', { timeout: 60_000 }, async () => {
    const mutants = (await stepMutants()).filter(({ name }) =>
      ['drops-before-copy', 'published-before-counted', 'kernel-write-crosses-fork'].includes(name),
    );
    expect(mutants).toHaveLength(3);
    for (const { machine, ops } of mutants)
      expect(await check({ scope: scopeOf('2,1,2,2'), ops, machine })).toEqual([0, 0]);
  });

  test('of pages they do: fork goes through them in order, and the check notices', async () => {
    const options = { scope: scopeOf('2,2,3,2'), ops: ['fork'] as const };
    const reduced = await search(new PagesAlike(options));
    const whole = new PagesAlike({ ...options, symmetry: false });
    const { missing } = await quotient(whole, words => whole.alike(words), reduced.table);
    expect(missing).toBeGreaterThan(0);
  });
});

/** A reduction that looks right and is not. */
class PagesAlike extends InterleavingSpace {
  readonly #alike: Representative;
  readonly #swapped: StepMachine;
  readonly #symmetric: boolean;

  constructor(options: InterleavingOptions) {
    super(options);
    this.#alike = new Representative(options.scope, 0);
    this.#swapped = new StepMachine(options.scope, []);
    this.#symmetric = options.symmetry !== false;
  }

  override fingerprint(words: Uint32Array): void {
    if (this.#symmetric) this.alike(words);
    else super.fingerprint(words);
  }

  alike(words: Uint32Array): void {
    const swapped = this.#swapped;
    swapped.bytes.set(this.machine.bytes);
    for (const pages of [swapped.entry, swapped.reference, swapped.pinned, swapped.cached])
      for (let i = 0; i < pages.length; i += 2) pages.subarray(i, i + 2).reverse();
    // Of a fork, `page` is how far it has come: it looks like a number and is a name.
    for (let cpu = 0; cpu < swapped.at.length; cpu++)
      if (swapped.at[cpu] !== 0 && swapped.op[cpu] !== TO_FORK)
        swapped.page[cpu] = swapped.page[cpu] === 0 ? 1 : 0;
    hashInto(this.#alike.of(swapped, 0), words);
    const [low = 0, high = 0] = words;
    this.representative(words);
    const [ownLow = 0, ownHigh = 0] = words;
    if (low < ownLow || (low === ownLow && high < ownHigh)) words.set([low, high]);
  }
}

test('a law that is left out breaks later, as another: what comes of a copy from a frame that is given up', async () => {
  const mutant = (await stepMutants()).find(({ name }) => name === 'drops-before-copy');
  if (mutant === undefined) throw new Error('no such mutant');
  const { found } = await search(interleavings({ ...mutant, laws: [entryReadsReference] }), { bail: true });
  const moves = found.get('contents.entry-reads-reference/2') ?? [];
  expect(moves.length).toBeGreaterThan(mutant.steps);
  expect(replayed({ ...mutant, laws: [entryReadsReference] }, moves).broken?.rule).toBe(2);
});

describe('no history of the same length has fewer switches, by trying all', () => {
  test.each(['fork-flushes-no-other-cpu', 'pin-crosses-fork'])('%s', async name => {
    const mutant = (await stepMutants()).find(one => one.name === name);
    if (mutant === undefined) throw new Error('no such mutant');
    expect(fewestSwitches(new InterleavingSpace(mutant), mutant.steps)).toBe(mutant.switches);
  });
});

/** Of all histories of so many moves that break a law, the fewest switches between processors. */
function fewestSwitches(space: InterleavingSpace, length: number): number {
  let fewest = Number.POSITIVE_INFINITY;
  const walk = (left: number, switches: number): void => {
    const moves = new Int32Array(space.most);
    const count = space.moves(moves);
    const mark = space.save();
    for (const move of moves.subarray(0, count)) {
      const broke = space.make(move);
      const all = switches + space.weigh();
      if (broke !== undefined) fewest = Math.min(fewest, all);
      else if (left > 1 && all < fewest) walk(left - 1, all);
      space.restore(mark);
    }
  };
  space.start();
  walk(length, 0);
  return fewest;
}
