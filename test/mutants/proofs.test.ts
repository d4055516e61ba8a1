// The proofs that are kept are those that a new search gives, and the file of them is read with care.
import { describe, expect, test } from 'vitest';
import { readProofs, sourcesHash } from '../../cli/proofs.ts';
import { minimum } from '../../explorer/minimum.ts';
import { optimal, type Proof, PROOF_WORLD, prove } from '../../explorer/proofs.ts';
import { signatureOf } from '../../properties/signature.ts';
import { within } from '../../model/mutants/mutant.ts';
import { mutants } from '../../targets/model/mutants.ts';
import { modelTarget } from '../../targets/model/session.ts';

const all = await mutants();
const proofs = readProofs();
const { can } = await modelTarget().open(PROOF_WORLD);
/** Histories of three ops take seconds: one mutant stands for those that need them. */
const DEEP = 'wait-status-skips-break';
/** Bugs of the catalogue up to here are searched two ops deep, which takes a quarter of a second; the others one. */
const SEARCHED_BEFORE = 'B60';

test('there is a proof for every mutant and for nothing else', () => {
  expect(Object.keys(proofs).sort()).toEqual(all.map(({ name }) => name).sort());
});

describe.each(all)('$name', mutant => {
  const proof = proofs[mutant.name];
  const signature = signatureOf(mutant.invariant, mutant.rule);

  test('its card is as short as can be', () => {
    expect(optimal(proof, undefined, signature, mutant.minimal.length)).toBe(mutant.minimal.length);
    expect(proof?.searched).toBeGreaterThanOrEqual(mutant.minimal.length - 1);
  });

  const depth = mutant.minimal.length > 1 && mutant.bug < SEARCHED_BEFORE ? 2 : 1;
  test(`a new search of all histories of ${depth} ops finds what the proof says`, async () => {
    const { found, complete } = await minimum({
      world: PROOF_WORLD,
      machine: mutant.machine,
      can: { ...can, ...within(mutant) },
      depth,
    });
    expect(complete).toBe(true);
    const again = [...found].map(([name, tape]): readonly [string, number] => [name, tape.length]);
    expect(Object.fromEntries(again)).toEqual(
      Object.fromEntries(Object.entries(proof?.minima ?? {}).filter(([, ops]) => ops <= depth)),
    );
  });
});

test('a new proof of three ops is the one that is kept', async () => {
  const mutant = all.find(({ name }) => name === DEEP);
  if (mutant === undefined) return expect.fail(`there is no ${DEEP}`);
  const { sources: _, ...again } = await prove(mutant, can, '', mutant.minimal.length);
  expect(again.searched).toBe(3);
  expect(proofs[DEEP]).toMatchObject(again);
});

describe('a proof', () => {
  const proof: Proof = { sources: 'x', searched: 2, minima: { 'a/1': 2 }, states: 1, transitions: 1 };

  test.each([
    ['what was found', 'a/1', 5, 2],
    ['what was not found, at the next length', 'b/1', 3, 3],
    ['what was not found, any longer', 'b/1', 4, null],
  ])('%s', (_, signature, ops, least) => {
    expect(optimal(proof, 'x', signature, ops)).toBe(least);
    expect(optimal(proof, undefined, signature, ops)).toBe(least);
  });

  test('is void when the sources have changed, or where there is none', () => {
    expect(optimal(proof, 'y', 'a/1', 2)).toBe(null);
    expect(optimal(undefined, 'x', 'a/1', 2)).toBe(null);
  });

  test('depends on the code of its mutant and on nothing it does not use', async () => {
    const hash = await sourcesHash();
    const hashes = all.map(({ name }) => hash(name));
    expect(new Set(hashes).size).toBe(all.length);
    expect(hashes.every(each => /^[0-9a-f]{16}$/.test(each ?? ''))).toBe(true);
    expect((await sourcesHash())(DEEP)).toBe(hash(DEEP));
  });
});
