// The turn of races within a search: when it comes, what it is asked, and what becomes of what it finds, doubts or cannot do.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz, type FuzzOptions, modelTarget, namedTarget, RigError, worldOf } from '../../index.ts';
import type { CampaignResult } from '../../runner/campaign.ts';
import { Store } from '../../runner/store.ts';
import { readTrace } from '../../runner/trace-file.ts';
import type { RaceFound, RaceSearch, RacesTried, RaceWishes, RacingTarget } from '../../spec/race.ts';

const output = mkdtempSync(join(tmpdir(), 'cowcheck-racing-'));
afterAll(() => rmSync(output, { recursive: true }));
const store = new Store(output, join(output, 'regressions'));

const FOUND: RaceFound = {
  trace: {
    format: 1,
    world: { pageSize: 4096, processes: 6, images: [{ name: 'race', heap: 1 }] },
    ops: [
      { op: 'fork', by: 'A', as: 'B' },
      { op: 'cpu', cpu: 0 },
      { op: 'sbrk', by: 'A', pages: -1 },
      { op: 'cpu', cpu: 1 },
      { op: 'sbrk', by: 'B', pages: -1 },
    ],
    schedule: { holds: [{ op: 2, access: 2, lock: 0 }] },
    finding: {
      rule: 26,
      invariant: 'frames.all-back',
      at: 4,
      required: 'all',
      found: 'one less',
      because: 'an update was lost',
      target: 'racing',
      identity: { harts: '2' },
      shrunkFrom: 5,
      reproduced: { times: 3, of: 3 },
    },
  },
  story: { title: 'A: gives up | B: gives up', racers: ['A', 'B'], steps: [] },
};

const TRIED: RacesTried = {
  verdict: 'none',
  preemptions: 1,
  ops: ['sbrk'],
  races: [3, 3],
  schedules: [9, 0],
  keptApart: 0,
  unreached: 0,
  untried: 0,
  alone: new Map(),
  unconfirmed: [],
  unsettled: [],
  why: [],
  seconds: 1,
  boots: 1,
  counts: 'frames',
};

/** A search of the model, or of `base`, whose races are what `races` says; and what that was asked. */
async function searched(
  races: RaceSearch | undefined,
  options: Partial<FuzzOptions> = {},
  base = modelTarget(),
): Promise<{ readonly result: CampaignResult; readonly asked: readonly RaceWishes[] }> {
  const asked: RaceWishes[] = [];
  const target: RacingTarget = {
    ...base,
    name: 'racing',
    ...(races && {
      races: wishes => {
        asked.push(wishes);
        return races(wishes);
      },
    }),
  };
  const world = worldOf(8, 3, 2, 12);
  const budget = options.time === undefined ? { runs: 200 } : {};
  const result = await fuzz({ target, worlds: [world], seed: 1, ...budget, bail: 5, ...options });
  return { result, asked };
}

const finds: RaceSearch = async ({ onFound }) => {
  await onFound?.(FOUND);
  return TRIED;
};
const none: RaceSearch = async () => TRIED;

describe('a race that is found', () => {
  test('is a finding of the search: saved, told at once, counted, with the command that shows it again', async () => {
    const told: string[] = [];
    const { result } = await searched(finds, { store, onFound: ({ id }) => told.push(id) });
    const [one] = result.counterexamples;
    expect(result.verdict).toBe('violated');
    expect(one).toMatchObject({ rule: 26, invariant: 'frames.all-back', ops: 5, race: FOUND.story });
    expect(told).toEqual([one?.id]);
    expect(readdirSync(store.crashes)).toEqual([`${one?.id}.json`]);
    expect(readTrace(one?.file ?? '')).toEqual(FOUND.trace);
    expect(one?.replay).toBe(`npx cowcheck replay ${one?.file}`);
  });

  test('stands beside what the runs found, and fills what is left of --bail', async () => {
    const buggy = await namedTarget('mutant:break-keeps-old-reference');
    const { result, asked } = await searched(finds, { bail: 9, runs: 40 }, buggy);
    const rules = result.counterexamples.map(({ rule }) => rule);
    expect(rules.length).toBeGreaterThan(1);
    expect(rules.at(-1)).toBe(26);
    expect(asked.map(({ bail }) => bail)).toEqual([9 - (rules.length - 1)]);
    expect((await searched(finds, { bail: 1 }, buggy)).asked).toEqual([]);
  });

  test('that is a regression is tried first, and told where it lies', async () => {
    const regressions = [{ path: 'kept/race.json', trace: FOUND.trace }];
    const { result, asked } = await searched(finds, { store, regressions });
    expect(asked.map(({ first }) => first)).toEqual([[FOUND.trace]]);
    expect(result.counterexamples.map(({ file }) => file)).toEqual(['kept/race.json']);
    const without = (await searched(undefined, { regressions })).result;
    expect(without).toMatchObject({ verdict: 'held' });
    expect(without.leftOut.join()).toContain('1 of the regressions are races and were not run');
  });
});

describe('the turn of races', () => {
  test('is after all runs, or after a third of the time, and takes no longer than that', async () => {
    const byRuns = await searched(none);
    expect(byRuns.result).toMatchObject({ verdict: 'held', races: TRIED });
    expect(byRuns.result.digest).toBe((await searched(undefined)).result.digest);
    expect(byRuns.asked).toHaveLength(1);
    let at = 0;
    const counting = { time: 600, progressEvery: 0, onProgress: ({ runs }: { runs: number }) => (at = runs) };
    let before = 0;
    const byTime = await searched(wishes => {
      before = at;
      return none(wishes);
    }, counting);
    expect(byTime.asked.map(({ time }) => time)).toEqual([200]);
    expect(before).toBeGreaterThan(0);
    expect(byTime.result.runs).toBeGreaterThan(before);
  });

  test('keeps to the ops, the shard and one pass', async () => {
    const shard = { index: 1, count: 2 };
    const { asked } = await searched(none, { ops: ['fork', 'write', 'read'], shard });
    expect(asked).toMatchObject([{ ops: ['fork', 'write', 'read'], shard, preemptions: 1, bail: 5 }]);
  });

  test('does not come after a halt, nor where frames are passed over', async () => {
    expect((await searched(none, { signal: AbortSignal.abort() })).asked).toEqual([]);
    const { result, asked } = await searched(none, { inspect: 'none' });
    expect(asked).toEqual([]);
    expect(result.leftOut.join()).toContain('races were not looked for: they are judged by frames');
  });

  test('is told in the progress', async () => {
    const seen: (number | undefined)[] = [];
    await searched(
      async wishes => {
        wishes.onProgress?.({ seconds: 1, races: [1, 3], schedules: 7, found: 0 });
        return TRIED;
      },
      { onProgress: ({ schedules }) => seen.push(schedules) },
    );
    expect(seen).toContain(7);
  });
});

describe('races that come to nothing', () => {
  test('for they cannot be looked for at all: told as left out, and the verdict is that of the runs', async () => {
    const { result } = await searched(async () => {
      throw new RigError('xv6-no-counts', 'no place holds the counts', 'nothing');
    });
    expect(result.verdict).toBe('held');
    expect(result.leftOut).toEqual(['races were not looked for: no place holds the counts']);
    expect(result).not.toHaveProperty('races');
  });

  test('for one did not come back: inconclusive; for some could not be judged: left out', async () => {
    const doubted = await searched(async () => ({ ...TRIED, unconfirmed: ['D|D, 1 of 3 times'] }));
    expect(doubted.result).toMatchObject({ verdict: 'inconclusive', why: ['a race: D|D, 1 of 3 times'] });
    const unsettled = await searched(async () => ({ ...TRIED, unsettled: ['D|D never ended', 'D|W'] }));
    expect(unsettled.result).toMatchObject({
      verdict: 'held',
      leftOut: ['2 races were not judged: D|D never ended'],
    });
  });

  test('for our own code is wrong: never swallowed', async () => {
    await expect(
      searched(async () => {
        throw new TypeError('ours');
      }),
    ).rejects.toThrow('ours');
  });
});
