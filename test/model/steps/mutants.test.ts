// The mutants of the stepped machine: each breaks the law on its card in as few steps as it says, and takes two processors.
import { describe, expect, test } from 'vitest';
import { interleavings, type InterleavingOptions, replayed } from '../../../explorer/interleavings.ts';
import { follow, scheduleOf } from '../../../explorer/schedule.ts';
import { search, type SearchResult } from '../../../explorer/search.ts';
import { INTERLEAVED_LAWS } from '../../../properties/interleaved/laws.ts';
import { signatureOf } from '../../../properties/signature.ts';
import { UNSEEDED } from '../../../report/unseeded.ts';
import { UNSTEPPED } from '../../../report/unstepped.ts';
import { formatInterleaved, isInterleaved } from '../../../spec/interleaved-trace.ts';
import { parseSaved } from '../../../spec/saved.ts';
import { stepMutants } from '../../../targets/model/mutants.ts';

const all = await stepMutants();

/** The shortest histories known elsewhere, of a machine with the same steps; ours may not be longer. */
const KNOWN: Readonly<Record<string, number>> = {
  'fault-without-lock': 18,
  'fork-flushes-no-other-cpu': 7,
  'fork-flushes-nothing': 7,
  'drops-before-copy': 14,
  'count-read-before-lock': 19,
  'break-flushes-no-other-cpu': 18,
  'drops-before-flush': 17,
  'new-frame-stays-empty': 13,
  'installs-before-flush': 15,
};
/** Of any other. */
const LONGEST = 19;

function switches(options: InterleavingOptions, moves: readonly number[]): number {
  const { steps } = replayed(options, moves);
  return steps.filter(({ cpu }, i) => i > 0 && cpu !== steps[i - 1]?.cpu).length;
}

describe.each(all)('$name', ({ name, bug, rule, invariant, scope, ops, machine, ...card }) => {
  const options = { scope, ops, machine, lightest: true };
  let searched: Promise<SearchResult> | undefined;
  const once = (): Promise<SearchResult> => (searched ??= search(interleavings(options), { bail: true }));

  test('breaks the law on its card, in as few steps and switches as it says', async () => {
    const { found } = await once();
    const moves = found.get(signatureOf(invariant, rule));
    expect([...found.keys()]).toContain(signatureOf(invariant, rule));
    expect(moves?.length).toBe(card.steps);
    expect(switches(options, moves ?? [])).toBe(card.switches);
    expect(card.steps).toBeLessThanOrEqual(KNOWN[name] ?? LONGEST);
    for (const other of found.values()) expect(other.length).toBeGreaterThanOrEqual(card.steps);
  });

  test('breaks it again when it is performed once more', async () => {
    const { found } = await once();
    for (const [signature, moves] of found) {
      const { broken } = replayed(options, moves);
      expect(signatureOf(broken?.invariant ?? '', broken?.rule ?? 0)).toBe(signature);
      expect(broken?.rule).toBe(Number(signature.split('/')[1]));
    }
  });

  test('a file of its steps shows it again; the right kernel follows them and breaks nothing', async () => {
    const { found } = await once();
    for (const [signature, moves] of found) {
      const steps = scheduleOf(options, moves);
      const saved = parseSaved(formatInterleaved({ format: 1, interleaving: scope, steps }));
      if (!isInterleaved(saved)) return expect.fail('it was read as a trace of ops');
      const again = follow(saved.interleaving, saved.steps, machine);
      const { broken } = again.history;
      expect(signatureOf(broken?.invariant ?? '', broken?.rule ?? 0)).toBe(signature);
      expect(again.made).toBe(moves.length);
      const right = follow(saved.interleaving, saved.steps);
      expect(right.history.broken).toBe(undefined);
      expect(right.made).toBeGreaterThan(0);
    }
  });

  test('its world and ops break nothing in the right kernel', async () => {
    const { found, complete } = await search(interleavings({ scope, ops }));
    expect([...found.keys()]).toEqual([]);
    expect(complete).toBe(true);
  });

  test('its card is whole', () => {
    expect(bug).toMatch(/^B\d+[b-z]?$/);
    for (const text of [card.defect, card.history, card.whyHard]) expect(text.length).toBeGreaterThan(10);
  });
});

test.each(all.filter(({ scope }) => scope.cpus > 1).map(mutant => [mutant.name, mutant] as const))(
  '%s does not show on one processor',
  async (_name, { scope, ops, machine }) => {
    const { found, complete } = await search(
      interleavings({ scope: { ...scope, cpus: 1, threads: 1 }, ops, machine }),
    );
    expect([...found.keys()]).toEqual([]);
    expect(complete).toBe(true);
  },
);

test('each has a name and a row of its own', () => {
  expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  expect(new Set(all.map(({ bug }) => bug)).size).toBe(all.length);
  for (const name of Object.keys(KNOWN)) expect(all.map(mutant => mutant.name)).toContain(name);
});

test('every law kills one', () => {
  const killers = new Set(all.map(({ invariant }) => invariant));
  expect(INTERLEAVED_LAWS.map(({ id }) => id).filter(id => !killers.has(id))).toEqual([]);
});

test('every row that takes an interleaving has a mutant, or a reason why not', () => {
  const seeded = all.map(({ bug }) => /^B\d+/.exec(bug)?.[0]);
  const unstepped = UNSTEPPED.map(({ bug }) => bug);
  const wanted = UNSEEDED.filter(({ why }) => why.startsWith('two processors')).map(({ bug }) => bug);
  expect(wanted.length).toBeGreaterThan(20);
  expect(wanted.filter(bug => !seeded.includes(bug) && !unstepped.includes(bug))).toEqual([]);
  expect(unstepped.filter(bug => seeded.includes(bug))).toEqual([]);
});

test('installs-before-flush is proved for two processors and refuted for three', async () => {
  const mutant = all.find(({ name }) => name === 'installs-before-flush');
  if (mutant === undefined) throw new Error('no such mutant');
  const { scope, machine } = mutant;
  const two = await search(interleavings({ scope: { ...scope, cpus: 2, threads: 2 }, machine }));
  expect([...two.found.keys()]).toEqual([]);
  expect(two.complete).toBe(true);
  const three = await search(interleavings({ scope, machine }), { bail: true });
  expect([...three.found.keys()]).toEqual(['translations.cached-reads-reference/29']);
});
