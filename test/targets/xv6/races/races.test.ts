// What is known of races without a machine: their plan, their form as traces, what counts as wrong, and the words for it.
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../../../spec/parse.ts';
import { formatTrace, type Trace } from '../../../../spec/trace.ts';
import { DEFECTS } from '../../../../targets/calf/defects.ts';
import type { Happening } from '../../../../targets/xv6/races/happening.ts';
import { racesOf } from '../../../../targets/xv6/races/plan.ts';
import { nameOf, RACING, type Schedule, sharersOf } from '../../../../targets/xv6/races/race.ts';
import { mistakeOf, titleOf } from '../../../../targets/xv6/races/story.ts';
import { scheduleOf, traceOf } from '../../../../targets/xv6/races/trace.ts';
import { beyond, type Wrong } from '../../../../targets/xv6/races/wrong.ts';

const HOLD = { touch: 2, gate: 1 };
const DD: Schedule = { ops: ['D', 'D'], kept: false, outOfMemory: false, holds: [HOLD] };

describe('the plan', () => {
  test('begins with what finds most, and has each race once', () => {
    const names = racesOf().map(nameOf);
    expect(names.slice(0, 4)).toEqual(['D|D', 'F|D', 'W|W', 'D|G']);
    expect(new Set(names).size).toBe(names.length);
    expect(names).toContain('R|E+');
    expect(names).toContain('W|D out of memory');
    expect(names).not.toContain('D|D out of memory');
  });

  test('has pairs of the ops asked for alone', () => {
    expect(racesOf(['write']).map(nameOf)).toEqual(['W|W', 'W|W+', 'W|W out of memory']);
    expect(racesOf(['sbrk']).map(nameOf)).toEqual(['D|D', 'D|G', 'D|D+']);
  });

  test('has one to three sharers', () => {
    expect(new Set(racesOf().map(sharersOf))).toEqual(new Set([1, 2, 3]));
  });
});

describe('a schedule', () => {
  test('is a trace, and comes back from its file', () => {
    for (const race of racesOf(RACING))
      for (const holds of [[], [HOLD], [HOLD, { touch: 1, gate: 0 }]]) {
        const schedule = { ...race, holds };
        expect(scheduleOf(parseTrace(formatTrace(traceOf(schedule))))).toEqual(schedule);
      }
  });

  test('reads as what its processes do', () => {
    expect(formatTrace(traceOf({ ...DD, ops: ['R', 'W'] }))).toMatchInlineSnapshot(`
      "{
        "format": 1,
        "world": {"pageSize":4096,"processes":6,"images":[{"name":"race","text":1,"bss":1,"heap":5,"stack":1}]},
        "ops": [
          {"op":"fork","by":"A","as":"B"},
          {"op":"fork","by":"A","as":"C"},
          {"op":"exit","by":"C","status":0},
          {"op":"sbrk","by":"A","pages":-1},
          {"op":"cpu","cpu":0},
          {"op":"wait","by":"A"},
          {"op":"cpu","cpu":1},
          {"op":"write","by":"B","at":"heap+17920","length":4,"value":1370226689}
        ],
        "schedule": {"holds":[{"op":5,"access":2,"lock":1}]}
      }
      "
    `);
    const { ops } = traceOf({ ...DD, kept: true });
    expect(ops.map(op => ('by' in op ? op.by : ''))).toEqual(['A', 'A', '', 'B', '', 'C']);
    expect(titleOf({ ...DD, kept: true })).toMatch(/^B: .* \| C: .*; 3 processes have the page$/);
    expect(titleOf({ ...DD, ops: ['D', 'G'], outOfMemory: true })).toBe(
      'A: sbrk gives the page up | B: sbrk takes the frame that the other gave up; 1 process has the page, no frame is free',
    );
  });

  test('without what a wait needs before it has at most twice the ops of a defect that shows in it', () => {
    const fewest = Math.min(
      ...DEFECTS.flatMap(({ harts, ops }) => (harts === undefined ? [] : [ops.length])),
    );
    for (const race of racesOf(RACING.filter(op => op !== 'wait')))
      expect(traceOf({ ...race, holds: [HOLD] }).ops.length).toBeLessThanOrEqual(2 * fewest);
  });

  test('is refused where it is none', () => {
    const trace = parseTrace(formatTrace(traceOf(DD)));
    const refused = (change: Partial<Trace>): string => {
      try {
        scheduleOf({ ...trace, ...change });
      } catch (cause) {
        return (cause as Error).message.slice(0, 110);
      }
      return 'accepted';
    };
    expect(refused({ ops: trace.ops.slice(1) })).toContain(
      'the ops of a race are those that `cowcheck races` writes',
    );
    expect(refused({ ops: [] })).toContain('the ops of a race are those');
    expect(refused({ schedule: { holds: [{ op: 0, access: 1, lock: 0 }] } })).toBe(
      'schedule.holds[0].op: the first hold is of op 2, the second of op 4; received 0',
    );
  });
});

describe('what is wrong', () => {
  const wrong = (kind: string, amount = 1): Wrong => ({
    kind,
    amount,
    rule: 26,
    invariant: 'frames.all-back',
    required: '',
    found: '',
  });

  test('is what neither order of the ops shows, or shows less of', () => {
    const controls = [[wrong('a frame is lost')], [wrong('counts', 2)]];
    expect(beyond([wrong('a frame is lost'), wrong('counts', 2)], controls)).toEqual([]);
    expect(beyond([wrong('a frame is lost', 2)], controls)).toEqual([
      { ...wrong('a frame is lost', 2), alone: 1 },
    ]);
    expect(beyond([wrong('panic: freelist')], controls)).toEqual([wrong('panic: freelist')]);
    expect(beyond([], controls)).toEqual([]);
  });

  const touch = (role: 0 | 1, access: 'reads' | 'writes', before: number, after: number): Happening => ({
    kind: 'touch',
    role,
    word: 'count',
    access,
    pc: 0x8000_0000,
    before,
    after,
  });

  test('has the name of the mistake it shows', () => {
    const lost = [
      touch(0, 'reads', 2, 2),
      touch(1, 'reads', 2, 2),
      touch(1, 'writes', 2, 1),
      touch(0, 'writes', 1, 1),
    ];
    const kept = [
      touch(0, 'reads', 2, 2),
      touch(0, 'writes', 2, 1),
      touch(1, 'reads', 1, 1),
      touch(1, 'writes', 1, 0),
    ];
    expect(mistakeOf(DD, lost, wrong('x'))).toBe('count');
    expect(mistakeOf({ ...DD, ops: ['D', 'G'] }, lost, wrong('x'))).toBe('published');
    expect(mistakeOf(DD, kept, wrong('x'))).toBe('decision');
    expect(mistakeOf({ ...DD, ops: ['W', 'W'] }, kept, wrong('x'))).toBe('twice');
    expect(mistakeOf(DD, kept, { ...wrong('x'), invariant: 'contents.nothing-else-changes' })).toBe('copy');
  });
});

test('each defect of calf that takes two harts has its row of the bug history', () => {
  const rows = DEFECTS.filter(({ harts }) => harts !== undefined).map(({ row }) => row);
  expect(rows.length).toBeGreaterThanOrEqual(8);
  expect(new Set(rows)).toEqual(new Set(['B99', 'B101', 'B102', 'B103', 'B105', 'B106']));
});
