// The report of races: what people read is pinned, and what a kernel wrote cannot drive a terminal.
import { describe, expect, test } from 'vitest';
import { githubReport } from '../../report/github.ts';
import { jsonReport, racesJson } from '../../report/json.ts';
import { junitReport } from '../../report/junit.ts';
import { racesProgress, racesText } from '../../report/races.ts';
import type { ReportedCounterexample } from '../../report/result.ts';
import { progressLine, summaryText, violationText } from '../../report/text.ts';
import type { RacesTried } from '../../spec/race.ts';
import { HELD } from './results.ts';

const RACE: ReportedCounterexample = {
  id: '01234567',
  rule: 26,
  invariant: 'frames.all-back',
  ops: 2,
  shrunkFrom: 2,
  trace: {
    format: 1,
    world: { pageSize: 4096, processes: 2, images: [{ name: 'race', heap: 1 }] },
    ops: [
      { op: 'cpu', cpu: 0 },
      { op: 'sbrk', by: 'A', pages: -1 },
    ],
    schedule: { holds: [{ op: 1, access: 2, lock: 0 }] },
    finding: {
      rule: 26,
      invariant: 'frames.all-back',
      at: 1,
      required: 'all of them',
      found: 'one \u001b[31mless',
      because: 'an update was lost',
      target: 'xv6',
      identity: {},
      shrunkFrom: 2,
      reproduced: { times: 3, of: 3 },
    },
  },
  race: {
    title: 'A: a store to the page | B: sbrk gives the page up; 2 processes have the page',
    racers: ['A', 'B'],
    steps: [
      { role: 0, did: 'reads count 2', where: 'kfree, kalloc.c:63' },
      { role: 0, did: 'is held here', where: '' },
      { role: 1, did: 'waits for the lock in \u001b]0;kmem', where: '\u202ekalloc.c' },
    ],
  },
  file: 'found/01234567.json',
  replay: 'npx cowcheck replay found/01234567.json',
};

const NONE: RacesTried = {
  verdict: 'none',
  preemptions: 1,
  ops: ['sbrk', 'write'],
  races: [7, 7],
  schedules: [40, 0],
  keptApart: 2,
  unreached: 0,
  untried: 0,
  alone: new Map([['frames are lost', 3]]),
  unconfirmed: [],
  unsettled: [],
  why: [],
  seconds: 5.25,
  boots: 1,
  counts: 'frames',
};

const trimmed = (text: string): string => text.replaceAll(/ +$/gm, '');

describe('for people', () => {
  test('a race, in two columns', () => {
    expect(trimmed(violationText(RACE))).toMatchInlineSnapshot(`
      "violated  frames.all-back  (rule 26)
                After all processes are gone, all frames, table pages and slots are back.
      race      A: a store to the page | B: sbrk gives the page up; 2 processes have the page; target xv6
                A                                 B
           1    reads count 2                                                       kfree, kalloc.c:63
           2    is held here
           3                                      waits for the lock in \\x1b]0;kmem \\u{202e}kalloc.c
      required  all of them
      found     one \\x1b[31mless
      because   an update was lost
      again     3 of 3 times
      saved     found/01234567.json
      replay    npx cowcheck replay found/01234567.json"
    `);
  });

  test('what was not tried is told', () => {
    const said = racesText({ ...NONE, unreached: 5, untried: 2 }, 'calf');
    expect(said).toContain('unreached  5 schedules: no hart came to where it was to be held');
    expect(said).toContain('untried    2 races: ');
  });

  test('none, and its bounds', () => {
    expect(racesText(NONE, 'calf')).toMatchInlineSnapshot(`
      "none within these bounds  races calf: 40 schedules of 7 of 7 races in 5.3 s
      bounds     two ops at once of sbrk write; one frame; one to three sharers, and no free memory; one hart held once, before an access to count or frame or at one of three locks behind it
      counts     frames
      kept apart 2 schedules: the other hart waited for a lock of processes, time or devices each time
      alone      frames are lost already when one op follows the other, in 3 races: cowcheck fuzz --smp 1 finds out why"
    `);
  });

  test('none with both held, and what was not settled', () => {
    expect(
      racesText({ ...NONE, preemptions: 2, schedules: [40, 300], keptApart: 0, alone: new Map() }, 'calf'),
    ).toContain('each hart held once (40 with one held, 300 with both)');
    expect(racesText({ ...NONE, verdict: 'inconclusive', why: ['it is late'] }, 'calf').split('\n')[1]).toBe(
      'because    it is late',
    );
  });

  test('the progress', () => {
    expect(racesProgress('calf', { seconds: 3.4, races: [1, 7], schedules: 9, found: 0 })).toBe(
      'races calf: 3s, races 1/7, schedules 9, violations 0',
    );
  });
});

test('for machines', () => {
  const json = JSON.parse(racesJson({ ...NONE, verdict: 'race' }, 'calf', [RACE])) as Record<string, unknown>;
  expect(json).toMatchObject({
    verdict: 'violated',
    target: 'calf',
    schedules: [40, 0],
    alone: { 'frames are lost': 3 },
    counterexamples: [
      {
        id: '01234567',
        rule: 26,
        schedule: { holds: [{ op: 1, access: 2, lock: 0 }] },
        reproduced: { times: 3, of: 3 },
        replay: 'npx cowcheck replay found/01234567.json',
      },
    ],
  });
});

describe('as part of a search', () => {
  const both = { ...HELD, races: { ...NONE, untried: 2 } };
  const found = { ...both, verdict: 'violated', counterexamples: [RACE] } as const;

  test('what was tried stands among what was covered', () => {
    const said = summaryText(both).split('\n');
    expect(
      said.filter(line => /^(races|kept apart|untried|alone) /.test(line)).join('\n'),
    ).toMatchInlineSnapshot(`
      "races      40 schedules of 7 of 7 races in 5 s: two ops at once, one hart held
      kept apart 2 schedules: the other hart waited for a lock of processes, time or devices each time
      untried    2 races: the kernel dies of their ops, or goes wrong without memory, when one follows the other
      alone      frames are lost already when one op follows the other, in 3 races: cowcheck fuzz --smp 1 finds out why"
    `);
    expect(summaryText(HELD)).not.toContain('races ');
    expect(JSON.parse(jsonReport(both))).toMatchObject({
      counterexamples: [],
      races: { schedules: [40, 0], races: [7, 7], keptApart: 2, untried: 2, counts: 'frames' },
    });
    expect(JSON.parse(jsonReport(HELD))).not.toHaveProperty('races');
  });

  test('a finding is told in every report', () => {
    expect(JSON.parse(jsonReport(found))).toMatchObject({
      verdict: 'violated',
      counterexamples: [
        { id: '01234567', rule: 26, ops: 2, race: RACE.race?.title, because: 'an update was lost' },
      ],
    });
    const columns = '1    reads count 2 ';
    expect(junitReport(found)).toContain('<failure type="violated" message="frames.all-back">');
    expect(junitReport(found)).toContain(columns);
    expect(githubReport(found)).toContain('title=rule 26%3A frames.all-back::');
    expect(githubReport(found)).toContain(columns);
  });

  test('how far it is', () => {
    const progress = {
      target: 'calf',
      seconds: 3.4,
      runs: 9,
      ops: 90,
      opsHit: [1, 2],
      rulesHit: [3, 4],
    } as const;
    const line = progressLine({ ...progress, sinceNew: 0, violations: 0, schedules: 12 });
    expect(line).toMatch(/, violations 0, races 12$/);
  });
});
