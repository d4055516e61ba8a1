// The report of races: what people read is pinned, and what a kernel wrote cannot drive a terminal.
import { describe, expect, test } from 'vitest';
import {
  raceText,
  racesJson,
  racesProgress,
  type ReportedRace,
  type ReportedRaces,
  racesText,
} from '../../report/races.ts';

const RACE: ReportedRace = {
  id: '01234567',
  title: 'P: a store to the page | Q: sbrk gives the page up; 2 processes have the page',
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
  steps: [
    { role: 0, did: 'reads count 2', where: 'kfree, kalloc.c:63' },
    { role: 0, did: 'is held here', where: '' },
    { role: 1, did: 'waits for the lock in \u001b]0;kmem', where: '\u202ekalloc.c' },
  ],
  file: 'found/01234567.json',
  replay: 'npx cowcheck replay found/01234567.json',
};

const NONE: ReportedRaces = {
  verdict: 'none',
  target: 'calf',
  preemptions: 1,
  ops: ['sbrk', 'write'],
  races: [7, 7],
  schedules: [40, 0],
  keptApart: 2,
  unreached: 0,
  untried: 0,
  alone: new Map([['frames are lost', 3]]),
  why: [],
  seconds: 5.25,
  boots: 1,
  counts: 'frames',
  found: [],
};

const trimmed = (text: string): string => text.replaceAll(/ +$/gm, '');

describe('for people', () => {
  test('a race, in two columns', () => {
    expect(trimmed(raceText(RACE))).toMatchInlineSnapshot(`
      "violated  frames.all-back  (rule 26)
                After all processes are gone, all frames, table pages and slots are back.
      race      P: a store to the page | Q: sbrk gives the page up; 2 processes have the page; target xv6
                P                                 Q
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
    const said = racesText({ ...NONE, unreached: 5, untried: 2 });
    expect(said).toContain('unreached  5 schedules: no hart came to where it was to be held');
    expect(said).toContain('untried    2 races: ');
  });

  test('none, and its bounds', () => {
    expect(racesText(NONE)).toMatchInlineSnapshot(`
      "none within these bounds  races calf: 40 schedules of 7 of 7 races in 5.3 s
      bounds     two ops at once of sbrk write; one frame; one to three sharers, and no free memory; one hart held once, before an access to count or frame or at one of three locks behind it
      counts     frames
      kept apart 2 schedules: the other hart waited for a lock of processes, time or devices each time
      alone      frames are lost already when one op follows the other, in 3 races: cowcheck fuzz finds out why"
    `);
  });

  test('none with both held, and what was not settled', () => {
    expect(
      racesText({ ...NONE, preemptions: 2, schedules: [40, 300], keptApart: 0, alone: new Map() }),
    ).toContain('each hart held once (40 with one held, 300 with both)');
    expect(racesText({ ...NONE, verdict: 'inconclusive', why: ['it is late'] }).split('\n')[1]).toBe(
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
  const json = JSON.parse(racesJson({ ...NONE, verdict: 'race', found: [RACE] })) as Record<string, unknown>;
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
