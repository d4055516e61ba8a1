// Same seed, same search: in this process, in another, and cut into shards.
import { describe, expect, test } from 'vitest';
import { type CampaignResult, fuzz, modelTarget, namedTarget } from '../../index.ts';
import { REPLY_STRIDE } from '../../spec/transcript.ts';
import { cowcheck, folder } from '../cli/cowcheck.ts';
import { interfered } from './targets.ts';

/** What a search did, without the clock. */
function did(report: string): object {
  const { seconds, ...rest } = JSON.parse(report) as { readonly seconds: number };
  expect(seconds).toBeGreaterThan(0);
  return rest;
}

describe.each(['model', 'mutant:refork-loses-cow-mark'])('%s, seeds 3 and 4', target => {
  test('two processes see the same, two seeds do not', async () => {
    const run = (seed: number): Promise<{ out: string }> =>
      cowcheck(['fuzz', target, '--seed', String(seed), '--runs', '120', '--json'], folder());
    const [a, b, other] = await Promise.all([run(3), run(3), run(4)]);
    expect(did(a.out)).toEqual(did(b.out));
    expect(did(a.out)).toMatchObject({ digest: expect.stringMatching(/^[0-9a-f]{16}$/) });
    expect((JSON.parse(other.out) as CampaignResult).digest).not.toBe(
      (JSON.parse(a.out) as CampaignResult).digest,
    );
  });
});

test('a seed in the environment is as good as one on the command line', async () => {
  const flags = ['fuzz', '--runs', '30', '--json'];
  const [a, b] = await Promise.all([
    cowcheck([...flags, '--seed', '5'], folder()),
    cowcheck(flags, folder(), { COWCHECK_SEED: '5' }),
  ]);
  expect(did(a.out)).toEqual(did(b.out));
});

test('the digest is of the answers, too: one bit of one of them changes it', async () => {
  const options = { seed: 6, runs: 20 };
  // A flag that has no meaning, so that no law is broken.
  const other = interfered({
    run: async (honest, into, _tape, count) => {
      await honest();
      if (count === 20) into.replies.set([64], REPLY_STRIDE - 1);
    },
  });
  const { digest } = await fuzz({ ...options, target: modelTarget() });
  expect((await fuzz({ ...options, target: interfered({}) })).digest).toBe(digest);
  const changed = await fuzz({ ...options, target: other });
  expect(changed.counterexamples).toEqual([]);
  expect(changed.digest).not.toBe(digest);
});

describe('shards, seed 7', () => {
  const part = (shard?: { index: number; count: number }): Promise<CampaignResult> =>
    fuzz({ target: modelTarget(), seed: 7, runs: 100, ...(shard === undefined ? {} : { shard }) });

  test('do together what the whole does: runs, ops, every op, rule and witness', async () => {
    const whole = await part();
    const parts: CampaignResult[] = [];
    for (let index = 0; index < 3; index++) parts.push(await part({ index, count: 3 }));
    const sum = (of: (result: CampaignResult) => number): number =>
      parts.reduce((all, one) => all + of(one), 0);
    expect(sum(one => one.runs)).toBe(whole.runs);
    expect(sum(one => one.ops)).toBe(whole.ops);
    const added = (
      of: (result: CampaignResult) => Readonly<Record<string, number>>,
    ): Record<string, number> =>
      Object.fromEntries(Object.keys(of(whole)).map(key => [key, sum(one => of(one)[key] ?? 0)]));
    expect(added(one => one.opsHit)).toEqual(whole.opsHit);
    expect(added(one => one.rulesHit)).toEqual(whole.rulesHit);
    expect(added(one => one.witnesses)).toEqual(whole.witnesses);
    // None did the work of another.
    for (const { runs } of parts) expect(runs).toBeLessThan(whole.runs / 2);
    expect(new Set(parts.map(({ digest }) => digest)).size).toBe(3);
  });

  test('find what the whole finds', async () => {
    const target = await namedTarget('mutant:refork-loses-cow-mark');
    const found: string[] = [];
    for (let index = 0; index < 3; index++)
      found.push((await fuzz({ target, seed: 7, runs: 300, shard: { index, count: 3 } })).verdict);
    expect(found).toContain('violated');
  });
});
