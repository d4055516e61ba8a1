// Every mutant is killed from every seed by a counterexample as short as can be; its card is true; the right model holds.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readProofs } from '../../cli/proofs.ts';
import { optimal, PROOF_WORLD } from '../../explorer/proofs.ts';
import { type Mutant, within } from '../../model/mutants/mutant.ts';
import { INVARIANTS } from '../../properties/invariants.ts';
import { slice } from '../../properties/shrink.ts';
import { signatureOf } from '../../properties/signature.ts';
import { fuzz } from '../../runner/fuzz.ts';
import { Rig } from '../../runner/rig.ts';
import type { Violation } from '../../runner/verdict.ts';
import type { Op } from '../../spec/op.ts';
import { pack, type Tape } from '../../spec/tape.ts';
import { tapeOf } from '../../spec/trace.ts';
import type { World } from '../../spec/world.ts';
import { mutants, mutantTarget } from '../../targets/model/mutants.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { lines } from '../history.ts';

const all = await mutants();
const proofs = readProofs();
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);
/** Seeds for a mutant that was not promised. */
const FEWER = 6;
/** Processor seconds within which a mutant is found and shrunk. */
const WITHIN = 2;
/** A card is true in more than one world: with a stack and its guard, with other pages, more processes and more frames. */
const WORLDS = [PROOF_WORLD, stacked(8, 3, 18), stacked(16, 4, 24)];

function stacked(pageSize: number, processes: number, frames: number): World {
  const images = [
    { name: 'first', text: 1, rodata: 1, data: 2, bss: 1, stack: 1 },
    { name: 'second', text: 1, data: 1, stack: 1 },
  ];
  return { pageSize, processes, frames, images, spare: { heap: 1, map: 2 } };
}

/** The ops of a card in `world`: the last byte of a page is still the last byte of a page, and half a page half a page. */
function movedTo(world: World, ops: readonly Op[]): readonly Op[] {
  const last = PROOF_WORLD.pageSize - 1;
  const scale = world.pageSize / PROOF_WORLD.pageSize;
  return ops.map(op => {
    if (op.op === 'kwrite' && op.length > PROOF_WORLD.pageSize)
      return {
        ...op,
        at: op.at.replace(/\d+$/, offset => `${Number(offset) * scale}`),
        length: op.length * scale,
      };
    return 'at' in op && op.at?.endsWith(`+${last}`) === true
      ? { ...op, at: op.at.replace(`+${last}`, `+${world.pageSize - 1}`) }
      : op;
  });
}
/** The twelve and the five that the first release promises. */
const PROMISED = [
  'B01 B02 B05 B06 B09 B10 B11 B14 B18 B36 B58 B84', // the core
  'B45 B75 B55 B62 B80', // wait, exec, mprotect, DONTNEED, vfork
]
  .join(' ')
  .split(' ');

test('every file of the room is a mutant, and named after it', () => {
  const files = readdirSync(join(import.meta.dirname, '../../model/mutants'))
    .filter(name => name.endsWith('.ts') && name !== 'mutant.ts')
    .map(name => name.replace(/\.ts$/, ''));
  expect(all.map(({ name }) => name).sort()).toEqual(files.sort());
  expect(new Set(all.map(({ machine }) => machine)).size).toBe(all.length);
});

test('no bug that was promised is missing, and none is there twice', () => {
  const bugs = all.map(({ bug }) => bug);
  expect(PROMISED.filter(bug => !bugs.includes(bug))).toEqual([]);
  expect(new Set(bugs).size).toBe(bugs.length);
  // A letter tells apart the mutants of one row: the first has none.
  for (const bug of bugs) expect(bugs).toContain(/^B\d\d\d?(?=[b-z]?$)/.exec(bug)?.[0]);
});

async function violation(mutant: Mutant, tape: Tape): Promise<Violation | undefined> {
  const rig = await Rig.open(mutantTarget(mutant), tape.world);
  const outcome = await rig.run(tape);
  return outcome.verdict === 'violated' ? outcome.violation : undefined;
}

describe.each(all.map(mutant => ({ name: mutant.name, mutant })))('$name', ({ mutant }) => {
  test('has a card that says what, where and why', () => {
    for (const text of [mutant.defect, mutant.history, mutant.whyHard]) expect(text).toMatch(/^\S.{10,}$/);
    const invariant = INVARIANTS.find(({ id }) => id === mutant.invariant);
    if (!mutant.invariant.startsWith('reply.') && !mutant.invariant.startsWith('progress.'))
      expect(invariant?.rules).toContain(mutant.rule);
  });

  test.each(WORLDS)(
    'breaks its rule with its last op, and the correct model does not, world %#',
    async world => {
      const minimal = pack(world, movedTo(world, mutant.minimal));
      const found = await violation(mutant, minimal);
      expect([found?.invariant, found?.evidence.rule, found?.at]).toEqual([
        mutant.invariant,
        mutant.rule,
        minimal.length - 1,
      ]);
      const rig = await Rig.open(modelTarget(), world);
      expect(await rig.run(minimal)).toEqual({ verdict: 'held' });
    },
  );

  test('needs every op of its card', async () => {
    const minimal = pack(PROOF_WORLD, mutant.minimal);
    for (let left = 0; left < minimal.length; left++) {
      const shorter = slice(minimal, index => index !== left);
      expect((await violation(mutant, shorter))?.invariant, lines(shorter)).not.toBe(mutant.invariant);
    }
  });

  const seeds = PROMISED.includes(mutant.bug) ? SEEDS : SEEDS.slice(0, FEWER);
  test(`falls to ${seeds.length} seeds of ${seeds.length}, and nothing shorter breaks the law it breaks`, async () => {
    const rig = await Rig.open(modelTarget(), PROOF_WORLD);
    const cards: string[] = [];
    // Laws that break only in histories longer than a search of all of them can afford.
    let unproven = 0;
    for (const seed of seeds) {
      const started = process.cpuUsage();
      const { counterexamples } = await fuzz({
        target: mutantTarget(mutant),
        worlds: [PROOF_WORLD],
        seed,
        ...within(mutant),
        runs: 20_000,
      });
      const { user, system } = process.cpuUsage(started);
      const [found] = counterexamples;
      if (found === undefined) return expect.fail(`seed ${seed} does not find it`);
      const signature = signatureOf(found.invariant, found.rule);
      const tape = tapeOf(found.trace);
      const proven = optimal(proofs[mutant.name], undefined, signature, found.ops);
      if (proven === null) unproven++;
      const least = proven ?? found.ops;
      expect([seed, signature, found.ops, lines(tape)]).toEqual([seed, signature, least, lines(tape)]);
      expect((user + system) / 1e6, `processor seconds of seed ${seed}`).toBeLessThan(WITHIN);
      expect(await rig.run(tape), 'on the correct model').toEqual({ verdict: 'held' });
      if (signature === signatureOf(mutant.invariant, mutant.rule)) cards.push(lines(tape));
    }
    expect(unproven).toBeLessThan(seeds.length / 3);
    expect(cards.map(card => card.split('\n').length)).toEqual(cards.map(() => mutant.minimal.length));
  });
});
