// Every row of the kill matrix by the explorer: with as many ops as its card has the law is broken, with one op less nothing is.
import { expect, test } from 'vitest';
import { explore } from '../../explorer/explore.ts';
import { PROOF_WORLD } from '../../explorer/proofs.ts';
import { type Mutant, within } from '../../model/mutants/mutant.ts';
import { signatureOf } from '../../properties/signature.ts';
import { mutants } from '../../targets/model/mutants.ts';
import { modelTarget } from '../../targets/model/session.ts';

/** Histories of the longest searches: each op more takes fifty times as long. All of them, most of an hour, with COWCHECK_ALL_ROWS=1. */
const LONGEST = process.env['COWCHECK_ALL_ROWS'] === undefined ? 2 : Number.POSITIVE_INFINITY;

const HOUR = 3_600_000;

const { can } = await modelTarget().open(PROOF_WORLD);
const all = await mutants();

/** As `explore mutant:NAME --depth N` does: laws, each with the ops of the history that breaks it. */
async function brokenWithin(mutant: Mutant, depth: number): Promise<ReadonlyMap<string, number>> {
  const { ops, advice } = within(mutant);
  const { found, done } = await explore({
    of: { world: PROOF_WORLD, ops },
    machine: mutant.machine,
    can: { ...can, advice },
    depth,
    bail: true,
    counted: false,
  });
  expect(done).toBe(true);
  return new Map([...found].map(([law, tape]) => [law, tape.length]));
}

/** Rows by name, each with the ops of its card less so many, as far as they are searched. */
const rows = (less: number): readonly (readonly [string, number, Mutant])[] =>
  all.flatMap(mutant => {
    const depth = mutant.minimal.length - less;
    return depth <= LONGEST ? [[mutant.name, depth, mutant] as const] : [];
  });

test.each(rows(0))('%s is found with %i ops', { timeout: HOUR }, async (_, depth, mutant) => {
  const broken = await brokenWithin(mutant, depth);
  expect(broken.get(signatureOf(mutant.invariant, mutant.rule))).toBe(depth);
});

test.each(rows(1))('%s is not found with %i', { timeout: HOUR }, async (_, depth, mutant) => {
  expect([...(await brokenWithin(mutant, depth))]).toEqual([]);
});

test('most rows are found here', () => {
  expect(rows(0).length).toBeGreaterThan(all.length / 2);
  expect(rows(1).length).toBeGreaterThan(rows(0).length);
});
