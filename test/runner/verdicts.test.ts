// What a search comes to when the target is at fault, when the rig is, and when nothing was shown: three verdicts, never mixed up.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fuzz, modelTarget, namedTarget, RigError, TargetDied, worldOf } from '../../index.ts';
import { Store } from '../../runner/store.ts';
import { readTrace } from '../../runner/trace-file.ts';
import { REFUSED } from '../../spec/reply.ts';
import { codeOf, pack, STRIDE, type Tape } from '../../spec/tape.ts';
import { traceOf } from '../../spec/trace.ts';
import { REPLY_STRIDE, type Transcript } from '../../spec/transcript.ts';
import { interfered } from './targets.ts';

const output = mkdtempSync(join(tmpdir(), 'cowcheck-verdicts-'));
afterAll(() => rmSync(output, { recursive: true }));
let stores = 0;
const store = (): Store => new Store(join(output, String(stores++)), join(output, 'regressions'));

const seed = 1;
const WORLD = worldOf(8, 3, 2, 12);
const buggy = await namedTarget('mutant:break-keeps-old-reference');

/** Index of the first op of the kind in the tape, or -1. */
function first(tape: Tape, name: 'fork' | 'exec'): number {
  for (let i = 0; i < tape.length; i++) if (tape.words[i * STRIDE] === codeOf(name)) return i;
  return -1;
}

/** Keeps the first `count` answers. */
function cut(into: Transcript, count: number): void {
  into.count = count;
  into.sections = Math.min(into.sections, count + 1);
}

describe('a fork that is refused for want of memory, by a target that says of its memory', () => {
  const limited = namedTarget('mutant:fork-refused-at-sharer-limit');
  test.each([
    { said: 'nothing', can: {}, verdict: 'held' },
    { said: 'that there are two frames at least', can: { framesAtLeast: 2 }, verdict: 'held' },
    { said: 'that there is enough for everybody', can: { framesAtLeast: 100 }, verdict: 'violated' },
  ])('$said: $verdict', async ({ can, verdict }) => {
    const target = interfered({ base: await limited, without: 'frames', can });
    const found = await fuzz({ target, seed, runs: 300, worlds: [worldOf(8, 6, 2, 60)], profile: 'base' });
    expect(found.verdict).toBe(verdict);
    expect(found.counterexamples.map(one => one.rule)).toEqual(verdict === 'held' ? [] : [28]);
  });
});

describe('inconclusive', () => {
  test('ops that cannot share anything', async () => {
    const { verdict, why } = await fuzz({ target: modelTarget(), seed, runs: 50, ops: ['read'] });
    expect({ verdict, why }).toEqual({
      verdict: 'inconclusive',
      why: ['the ops in use cannot show any sharing: fork and write are needed'],
    });
  });

  test('a required op, rule or witness that never was', async () => {
    const all = { target: modelTarget(), seed, runs: 3, worlds: [WORLD], profile: 'base' } as const;
    expect((await fuzz(all)).verdict).toBe('held');
    const { verdict, why, unhit } = await fuzz({ ...all, requireAll: true });
    expect(verdict).toBe('inconclusive');
    expect(unhit.length).toBeGreaterThan(0);
    expect(why).toEqual(unhit.map(name => `${name} was never hit`));
  });

  test.each(['no runs at all', 'a shard without a run'])('%s', async name => {
    const { verdict, why, runs } = await fuzz({
      target: modelTarget(),
      seed,
      ...(name === 'no runs at all' ? { time: 0 } : { runs: 3, shard: { index: 4, count: 8 } }),
    });
    expect({ verdict, why, runs }).toEqual({
      verdict: 'inconclusive',
      why: ['no op was performed'],
      runs: 0,
    });
  });

  test('a target that refuses every fork, and rightly', async () => {
    const refuses = interfered({
      base: {
        name: 'refuses',
        // It can hold one process, and says so.
        open: world => modelTarget().open({ ...world, processes: 1 }),
      },
    });
    const { verdict, why, opsHit } = await fuzz({ target: refuses, seed, runs: 100, profile: 'base' });
    expect(verdict).toBe('inconclusive');
    expect(why).toContain('it never happened that a fork shared a frame');
    expect(opsHit['fork']).toBeGreaterThan(100);
  });

  test('a target that refuses although it could: violated, not inconclusive', async () => {
    const lazy = interfered({
      run: async (honest, into) => {
        await honest();
        for (let i = 0; i < into.count; i++) into.replies.set([REFUSED, 0, 0, 0, 0], i * REPLY_STRIDE);
      },
    });
    const { verdict, counterexamples } = await fuzz({ target: lazy, seed, runs: 100, inspect: 'none' });
    expect(verdict).toBe('violated');
    expect(counterexamples[0]?.ops).toBe(1);
  });

  test('a target that answers less than it was asked', async () => {
    const short = interfered({
      run: async (honest, into, tape) => {
        await honest();
        cut(into, tape.length - 1);
      },
    });
    const { verdict, why, counterexamples } = await fuzz({ target: short, seed, runs: 100 });
    expect({ verdict, counterexamples }).toEqual({ verdict: 'inconclusive', counterexamples: [] });
    expect(why).toEqual([expect.stringMatching(/^(\d+) of \d+ ops were answered$/)]);
  });

  test('a regression with ops that the target does not offer', async () => {
    const trace = traceOf(pack(WORLD, [{ op: 'cpu', cpu: 1 }]));
    const { verdict, why } = await fuzz({
      target: modelTarget(),
      seed,
      runs: 50,
      regressions: [{ path: 'kept.json', trace }],
    });
    expect(verdict).toBe('inconclusive');
    expect(why).toEqual([expect.stringMatching(/^kept\.json: the trace uses cpu, which this target/)]);
  });
});

test('a violation found before the rig failed in the same run stays a violation', async () => {
  // Runs 1 to 3: the search and its two repetitions.
  const babbles = interfered({
    base: buggy,
    run: async (honest, _into, _tape, count) => {
      await honest();
      if (count === 1) throw new RigError('wire-answer', 'an answer too many', 'see the protocol');
    },
  });
  const { verdict, counterexamples } = await fuzz({ target: babbles, seed, runs: 1, worlds: [WORLD] });
  expect(verdict).toBe('violated');
  expect(counterexamples[0]?.rule).toBe(25);
});

describe('a violation that does not come back', () => {
  test('is inconclusive, and what was seen is kept', async () => {
    // The bug shows in the first run only.
    const model = await modelTarget().open(WORLD);
    const flaky = interfered({
      base: buggy,
      name: 'flaky',
      run: async (honest, into, tape, count) => {
        if (count === 1) return honest();
        await model.reset();
        await model.run(tape, 'each', into);
      },
    });
    const kept = store();
    const { verdict, why, counterexamples, runs } = await fuzz({
      target: flaky,
      seed,
      runs: 5,
      profile: 'base',
      worlds: [WORLD],
      store: kept,
    });
    expect({ verdict, counterexamples, runs }).toEqual({
      verdict: 'inconclusive',
      counterexamples: [],
      runs: 5,
    });
    const [crash = ''] = readdirSync(kept.crashes);
    const path = join(kept.crashes, crash);
    expect(why).toEqual([
      expect.stringMatching(
        /^a violation of rule 25 \(frames\.count-equals-holders\) at op \d+ came back 0 of 2 times; it is kept in /,
      ),
    ]);
    expect(why[0]).toContain(path);
    expect(readTrace(path).finding).toMatchObject({ target: 'flaky', reproduced: { times: 0, of: 0 } });
  });

  test('does not hide one of its kind that does', async () => {
    // Wrong in the first run, right while that is looked into, and wrong ever after.
    const model = await modelTarget().open(WORLD);
    const starts = interfered({
      base: buggy,
      run: async (honest, into, tape, count) => {
        if (count === 1 || count > 3) return honest();
        await model.reset();
        await model.run(tape, 'each', into);
      },
    });
    const { verdict, counterexamples } = await fuzz({ target: starts, seed, runs: 100, worlds: [WORLD] });
    expect(verdict).toBe('violated');
    expect(counterexamples).toMatchObject([{ rule: 25, ops: 2 }]);
  });

  test('is given up on after three, so that a flaky target does not eat the budget', async () => {
    const model = await modelTarget().open(WORLD);
    let wrong = 0;
    // Every tape is wrong once.
    const seen = new Set<string>();
    const flaky = interfered({
      base: buggy,
      run: async (honest, into, tape) => {
        const name = tape.words.subarray(0, tape.length * STRIDE).join();
        if (seen.has(name)) {
          await model.reset();
          return model.run(tape, 'each', into);
        }
        seen.add(name);
        wrong++;
        return honest();
      },
    });
    const { verdict, why } = await fuzz({ target: flaky, seed, runs: 40, profile: 'base', worlds: [WORLD] });
    expect(verdict).toBe('inconclusive');
    expect(why).toHaveLength(3);
    for (const one of why) expect(one).toMatch(/^a violation of rule 25 .* came back 1 of 2 times$/);
    // 40 runs, and the first look at what was cut off behind the guilty op, three times.
    expect(wrong).toBe(40 + 3);
  });
});

describe('a target that dies', () => {
  const dying = (when: (count: number) => boolean): ReturnType<typeof interfered> =>
    interfered({
      run: async (honest, into, tape, count) => {
        const at = first(tape, 'exec');
        await honest();
        if (at < 0 || !when(count)) return;
        cut(into, at);
        throw new TargetDied('panic: exec', at);
      },
    });

  test('at the same op again and again breaks rule 24', async () => {
    const kept = store();
    const { verdict, counterexamples } = await fuzz({
      target: dying(() => true),
      seed,
      runs: 50,
      store: kept,
    });
    expect(verdict).toBe('violated');
    expect(counterexamples).toMatchObject([{ rule: 24, invariant: 'progress.target-lives', ops: 1 }]);
    expect(counterexamples[0]?.trace).toMatchObject({
      ops: [{ op: 'exec' }],
      finding: { found: 'panic: exec', reproduced: { times: 2, of: 2 } },
    });
  });

  test('once is inconclusive', async () => {
    let died = 0;
    const once = dying(() => died++ === 0);
    const { verdict, why } = await fuzz({ target: once, seed, runs: 50, profile: 'base' });
    expect(verdict).toBe('inconclusive');
    expect(why).toEqual([
      expect.stringMatching(
        /^a violation of rule 24 \(progress\.target-lives\) at op \d+ came back 0 of 2 times$/,
      ),
    ]);
  });
});

describe('a rig that fails', () => {
  const failing = (from: number, base = modelTarget()): ReturnType<typeof interfered> =>
    interfered({
      base,
      run: async (honest, _into, _tape, count) => {
        if (count >= from) throw new RigError('test-protocol', 'the agent said nonsense', 'build it again');
        return honest();
      },
    });

  test('before the first run is thrown', async () => {
    await expect(fuzz({ target: failing(1), seed, runs: 10 })).rejects.toMatchObject({
      name: 'RigError',
      code: 'test-protocol',
      remedy: 'build it again',
    });
    const closed = interfered({
      open: () => {
        throw new RigError('test-open', 'no agent', 'install it');
      },
    });
    await expect(fuzz({ target: closed, seed, runs: 10 })).rejects.toMatchObject({ code: 'test-open' });
  });

  test('after some runs is inconclusive, and what was covered is told', async () => {
    const { verdict, why, runs } = await fuzz({ target: failing(8), seed, runs: 10 });
    expect({ verdict, why, runs }).toEqual({
      verdict: 'inconclusive',
      why: ['the rig failed: the agent said nonsense'],
      runs: 7,
    });
  });

  test('before a violation is confirmed: inconclusive, the violation is told and kept', async () => {
    const kept = store();
    const target = failing(2, buggy);
    const { verdict, why } = await fuzz({ target, seed, runs: 10, worlds: [WORLD], store: kept });
    expect(verdict).toBe('inconclusive');
    const [crash = ''] = readdirSync(kept.crashes);
    expect(why).toEqual([
      'the rig failed: the agent said nonsense',
      expect.stringMatching(/^a violation of rule 25 .* could not be run again; it is kept in /),
    ]);
    expect(why[1]).toContain(join(kept.crashes, crash));
  });

  test('in the middle of shrinking: the violation was confirmed and counts', async () => {
    const target = failing(6, buggy);
    const { verdict, counterexamples } = await fuzz({ target, seed, runs: 10, worlds: [WORLD] });
    expect(verdict).toBe('violated');
    expect(counterexamples).toMatchObject([{ rule: 25 }]);
  });
});

describe('the budget', () => {
  test('of time ends the search within a run', async () => {
    const started = performance.now();
    const { runs, seconds } = await fuzz({ target: modelTarget(), seed, time: 300 });
    expect(runs).toBeGreaterThan(0);
    expect(seconds).toBeGreaterThanOrEqual(0.3);
    // Opening sessions and the last run come on top; the machine may be busy.
    expect(performance.now() - started).toBeLessThan(3000);
  });

  test('of shrinking is zero if nothing is to be shrunk', async () => {
    const { counterexamples } = await fuzz({ target: buggy, seed, runs: 10, worlds: [WORLD], shrinkTime: 0 });
    const [one] = counterexamples;
    expect(one?.ops).toBe(one?.shrunkFrom);
    expect(one?.ops).toBeGreaterThan(2);
  });

  test('of findings: so many kinds, each once', async () => {
    const target = await namedTarget('mutant:kernel-write-skips-break');
    const ops = ['fork', 'write', 'kwrite', 'exit', 'wait'] as const;
    const { counterexamples } = await fuzz({ target, seed, runs: 400, bail: 2, ops });
    expect(counterexamples.map(({ invariant }) => invariant).sort()).toEqual([
      'kernel.write-obeys',
      'wait.status-stays-private',
    ]);
  });
});
