// Every mutant is killed by the invariant on its card, and shrunk to the trace on its card.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Mutant } from '../../model/mutants/mutant.ts';
import { PROFILES } from '../../properties/generator/profile.ts';
import { TapeWriter } from '../../properties/generator/writer.ts';
import { INVARIANTS } from '../../properties/invariants.ts';
import { slice } from '../../properties/shrink.ts';
import { Rig } from '../../runner/rig.ts';
import { shrink } from '../../runner/shrinking.ts';
import type { Violation } from '../../runner/verdict.ts';
import { worldOf } from '../../runner/worlds.ts';
import { pack, type Tape } from '../../spec/tape.ts';
import type { World } from '../../spec/world.ts';
import { mutants, mutantTarget } from '../../targets/model/mutants.ts';
import { MODEL_OPS, modelTarget } from '../../targets/model/session.ts';
import { lines } from '../history.ts';

const all = await mutants();
const SEEDS = [1, 2, 3];
/** Runs within which a mutant must fall; each is hit by every seed far sooner. */
const WITHIN = 600;
const WORLD: World = worldOf(16, 4, 3, 24);

const writers = PROFILES.map(
  profile =>
    new TapeWriter(WORLD, { ops: MODEL_OPS, profile, maxOps: 50, refusalKills: true, readBack: false }),
);

test('every file of the room is a mutant, and named after it', () => {
  const files = readdirSync(join(import.meta.dirname, '../../model/mutants'))
    .filter(name => name.endsWith('.ts') && name !== 'mutant.ts')
    .map(name => name.replace(/\.ts$/, ''));
  expect(all.map(({ name }) => name).sort()).toEqual(files.sort());
  expect(new Set(all.map(({ machine }) => machine)).size).toBe(all.length);
});

async function violation(mutant: Mutant, tape: Tape): Promise<Violation | undefined> {
  const rig = await Rig.open(mutantTarget(mutant), tape.world);
  const outcome = await rig.run(tape);
  return outcome.verdict === 'violated' ? outcome.violation : undefined;
}

describe.each(all.map(mutant => ({ name: mutant.name, mutant })))('$name', ({ mutant }) => {
  const minimal = pack(WORLD, mutant.minimal);

  test('has a card that says what, where and why', () => {
    for (const text of [mutant.defect, mutant.history, mutant.whyHard]) expect(text).toMatch(/^\S.{10,}$/);
    const invariant = INVARIANTS.find(({ id }) => id === mutant.invariant);
    if (!mutant.invariant.startsWith('reply.') && !mutant.invariant.startsWith('progress.'))
      expect(invariant?.rules).toContain(mutant.rule);
  });

  test('breaks its rule with its last op, and the correct model does not', async () => {
    const found = await violation(mutant, minimal);
    expect([found?.invariant, found?.evidence.rule, found?.at]).toEqual([
      mutant.invariant,
      mutant.rule,
      minimal.length - 1,
    ]);
    const rig = await Rig.open(modelTarget(), WORLD);
    expect(await rig.run(minimal)).toEqual({ verdict: 'held' });
  });

  test('needs every op of its card', async () => {
    for (let left = 0; left < minimal.length; left++) {
      const shorter = slice(minimal, index => index !== left);
      expect((await violation(mutant, shorter))?.invariant, lines(shorter)).not.toBe(mutant.invariant);
    }
  });

  test.each(SEEDS)(`falls within ${WITHIN} runs and shrinks to its card, seed %i`, async seed => {
    const rig = await Rig.open(mutantTarget(mutant), WORLD);
    let found: Violation | undefined;
    for (let run = 0; run < WITHIN && found === undefined; run++) {
      const writer = writers[run % writers.length];
      if (writer === undefined) throw new Error('no profile');
      const outcome = await rig.run(writer.write(seed, run));
      // A defect may show in several ways; the card names the one to shrink.
      if (outcome.verdict === 'violated' && outcome.violation.invariant === mutant.invariant)
        found = outcome.violation;
    }
    if (found === undefined) throw new Error('survived');
    expect([found.invariant, found.evidence.rule]).toEqual([mutant.invariant, mutant.rule]);
    const shrunk = await shrink(rig, found, Number.POSITIVE_INFINITY);
    expect(lines(shrunk.violation.tape)).toBe(lines(minimal));
  });
});
