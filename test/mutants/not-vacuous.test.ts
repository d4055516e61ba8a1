// Nothing in the law is there for show: every invariant and every rule is the first to report some mutant, or says why not.
import { describe, expect, test } from 'vitest';
import { INVARIANTS } from '../../properties/invariants.ts';
import { UNSEEDED } from '../../report/unseeded.ts';
import { RULES } from '../../spec/rule.ts';
import { mutants } from '../../targets/model/mutants.ts';

const all = await mutants();
const reporting = new Set(all.map(({ invariant }) => invariant));

/** Invariants that no mutant is first to break, and why they stay. */
const STAY: Readonly<Record<string, string>> = {
  'kernel.read-changes-nothing':
    'half of rule 14: no kernel of history stores when it only reads, and the next one may',
  'contents.nothing-else-changes': 'the net under all others, for ops that no other invariant speaks of',
  'sharing.fork-shares-pages': 'for targets that tell who is exclusive and not where the frames are',
  'sharing.writer-is-exclusive': 'the same',
  'economy.one-fault-a-page': 'for targets that count faults, which the model does not',
};

/** Rules that no mutant breaks first, and why. */
const RULES_LEFT: Readonly<Record<number, string>> = {
  20: 'the model has no FREE yet',
  21: 'the model has no advice for fork yet',
  30: 'the model has no pins yet',
  31: 'the model has no pins yet',
  32: 'the model has no pins yet',
  33: 'the model has no pins yet',
  34: 'the model has no pins yet',
  35: 'the model has no swap, no merging and no huge pages yet',
};

test.each(INVARIANTS.map(({ id }) => id))('%s reports a mutant first, or says why it stays', id => {
  expect(reporting.has(id)).toBe(!(id in STAY));
});

test.each(RULES.map(({ id }) => id))('rule %i is named by the first report of a mutant, or left out', id => {
  expect(all.some(({ rule }) => rule === id)).toBe(!(id in RULES_LEFT));
});

test('whatever stays or is left out exists', () => {
  const ids = INVARIANTS.map(({ id }) => id);
  for (const id of Object.keys(STAY)) expect(ids).toContain(id);
  for (const id of Object.keys(RULES_LEFT)) expect(RULES.map(rule => `${rule.id}`)).toContain(id);
});

describe('the rows without a mutant', () => {
  const row = (bug: string): string => bug.replace(/[b-z]$/, '');
  const seeded = new Set(all.map(({ bug }) => row(bug)));

  test('have none, each once', () => {
    expect(UNSEEDED.filter(({ bug }) => seeded.has(bug))).toEqual([]);
    expect(new Set(UNSEEDED.map(({ bug }) => bug)).size).toBe(UNSEEDED.length);
  });

  test('are the rest of the catalogue', () => {
    expect(seeded.size + UNSEEDED.length).toBe(126);
  });
});
