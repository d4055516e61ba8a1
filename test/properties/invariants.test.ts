// Every invariant objects to what breaks it, first of all invariants, and holds its peace on the correct model.
import { describe, expect, test } from 'vitest';
import { CowMachine } from '../../model/cow/machine.ts';
import { INVARIANTS } from '../../properties/invariants.ts';
import { sharingInvariants } from '../../properties/invariants/sharing.ts';
import { Rig } from '../../runner/rig.ts';
import type { Outcome } from '../../runner/verdict.ts';
import { RULES } from '../../spec/rule.ts';
import { type MachineMaker, modelTarget } from '../../targets/model/session.ts';
import { tape } from '../history.ts';
import { SMALL } from '../model/worlds.ts';
import { SPOIL_CONTENTS } from './sabotage-contents.ts';
import { MISLEAD_DEVICES } from './sabotage-devices.ts';
import { MISMANAGE_FRAMES } from './sabotage-frames.ts';
import { MISMANAGE_MAPPINGS } from './sabotage-mappings.ts';

const SABOTAGES = [...SPOIL_CONTENTS, ...MISMANAGE_FRAMES, ...MISMANAGE_MAPPINGS, ...MISLEAD_DEVICES];

async function outcome(machine: MachineMaker, history: string, world = SMALL): Promise<Outcome> {
  const rig = await Rig.open(modelTarget('under test', machine), world);
  return rig.run(tape(world, history));
}

/** Those that look at frames; what the others look at, sharing.test.ts shows. */
const LOOKING_AT_FRAMES = INVARIANTS.filter(invariant => !sharingInvariants.includes(invariant));

test('every invariant has something to object to', () => {
  expect(new Set(SABOTAGES.map(({ invariant }) => invariant))).toEqual(
    new Set(LOOKING_AT_FRAMES.map(({ id }) => id)),
  );
});

test('ids are stable words, and every rule named exists', () => {
  expect(new Set(INVARIANTS.map(({ id }) => id)).size).toBe(INVARIANTS.length);
  for (const { id, rules } of INVARIANTS) {
    expect(id).toMatch(/^[a-z]+\.[a-z]+(-[a-z]+)*$/);
    expect(rules.length).toBeGreaterThan(0);
    for (const rule of rules) expect(RULES[rule - 1]?.id).toBe(rule);
  }
});

describe.each(SABOTAGES)('$invariant', ({ invariant, defect, history, machine, world }) => {
  const shown = history.replaceAll('\n', '; ');

  test(`objects when ${defect} (${shown})`, async () => {
    const found = await outcome(machine, history, world);
    if (found.verdict !== 'violated') throw new Error(`the verdict was ${found.verdict}`);
    const { violation } = found;
    expect(`${violation.invariant}: ${violation.evidence.because}`).toContain(`${invariant}: `);
    expect(violation.at).toBe(history.split('\n').length - 1);
    expect(violation.evidence.required).not.toBe(violation.evidence.found);
    expect(violation.evidence.because).toMatch(/^\S.*\.$/);
  });

  test(`has nothing to say of the correct model (${shown})`, async () => {
    expect(await outcome(CowMachine, history, world)).toEqual({ verdict: 'held' });
  });
});

test.each([
  ['one byte more than asked for is stored', 4, 'A data page 0 from byte 1: 21'],
  ['the byte asked for is not stored', 2, 'A data page 0 from byte 0: 09'],
  ['nothing is stored', 2, 'A data page 0 from byte 0: 09'],
])('a write when %s breaks rule %i', async (defect, rule, required) => {
  const sabotage = SABOTAGES.find(each => each.defect === defect);
  const found = await outcome(sabotage?.machine ?? CowMachine, 'write A data+0 length 1 = 9');
  if (found.verdict !== 'violated') throw new Error(`the verdict was ${found.verdict}`);
  expect(found.violation.evidence.rule).toBe(rule);
  expect(found.violation.evidence.required.startsWith(required)).toBe(true);
});

/** A history of each invariant in which its premise is there: it must count as held, not as idle. */
test.each(
  LOOKING_AT_FRAMES.filter(({ id }) => id !== 'contents.nothing-else-changes').map(({ id, rules }) => ({
    id,
    rules,
  })),
)('$id counts when it held', async ({ id, rules }) => {
  const hits = new Float64Array(64);
  for (const { invariant, history, world = SMALL } of SABOTAGES) {
    if (invariant !== id) continue;
    const rig = await Rig.open(modelTarget(), world);
    await rig.run(tape(world, history));
    rig.examiner.ruleHits.forEach((count, rule) => (hits[rule] = (hits[rule] ?? 0) + count));
  }
  for (const rule of rules) expect(hits[rule], `rule ${rule}`).toBeGreaterThan(0);
});
