// A target with many defects, dear to start: the search goes on past the first, and keeps few sessions open.
import { afterEach, describe, expect, test } from 'vitest';
import { campaign } from '../../runner/campaign.ts';
import { fuzz } from '../../runner/fuzz.ts';
import { Rig } from '../../runner/rig.ts';
import { Sparing, callOf } from '../../runner/sparing.ts';
import { defectOf } from '../../runner/verdict.ts';
import type { Op } from '../../spec/op.ts';
import { pack } from '../../spec/tape.ts';
import type { Session, Target } from '../../spec/target.ts';
import type { World } from '../../spec/world.ts';
import { modelTarget } from '../../targets/model/session.ts';
import { wireTarget } from '../../targets/wire.ts';

const WORLD: World = {
  pageSize: 8,
  processes: 3,
  images: [{ name: 'one', text: 1, data: 2, stack: 1 }],
};

const MORE: World = { ...WORLD, images: [{ name: 'one', text: 1, data: 1, bss: 1, stack: 1 }] };

const write = (at: string, length = 1): Op => ({ op: 'kwrite', by: 'A', at, length, value: 1 });

describe('a call', () => {
  test.each<[string, readonly Op[]]>([
    ['kwrite data', [write('data+8')]],
    ['kwrite data and on', [write('data+7', 2)]],
    ['kwrite text', [write('text+0')]],
    ['kwrite trapframe', [write('trapframe')]],
    ['fork', [write('data+0'), { op: 'fork', by: 'A', as: 'B' }]],
    ['wait', [{ op: 'wait', by: 'A' }]],
    ['kwrite data memory failing', [{ op: 'failalloc', nth: 1 }, write('data+0')]],
  ])('%s', (name, ops) => {
    expect(callOf(pack(WORLD, ops), ops.length - 1)).toBe(name);
  });

  test('that was guilty three times is left out of seven runs in eight', () => {
    const tape = pack(WORLD, [write('data+0'), write('max'), write('data+1')]);
    const sparing = new Sparing();
    const lengths = (): readonly number[] =>
      [0, 1, 2, 3, 4, 5, 6, 7].map(run => sparing.spare(tape, run).length);
    const violation = {
      invariant: 'x',
      at: 1,
      tape,
      evidence: { rule: 24, required: '', found: '', because: '' },
    };
    sparing.blame(violation);
    sparing.blame(violation);
    expect(lengths()).toEqual([3, 3, 3, 3, 3, 3, 3, 3]);
    sparing.blame(violation);
    expect(lengths()).toEqual([3, 2, 2, 2, 2, 2, 2, 2]);
  });

  test('that was guilty at three edges is left out at all edges, and nowhere else', () => {
    const tape = pack(WORLD, [
      write('data+0'),
      write('max'),
      write('hole'),
      write('beyond'),
      write('text+0'),
    ]);
    const sparing = new Sparing();
    const evidence = { rule: 24, required: '', found: '', because: '', culprit: 'panic: walk' };
    const left = (): number => sparing.spare(tape, 1).length;
    for (const at of ['device', 'kernel'])
      sparing.blame({ invariant: 'x', at: 0, tape: pack(WORLD, [write(at)]), evidence });
    expect(left()).toBe(5);
    sparing.blame({ invariant: 'x', at: 0, tape: pack(WORLD, [write('wild')]), evidence });
    expect(left()).toBe(2);
  });

  test('is one defect at data and at bss, another at text', () => {
    const evidence = { rule: 13, required: '', found: '', because: '' };
    const at = (place: string): string =>
      defectOf({ invariant: 'x', at: 0, tape: pack(MORE, [write(place)]), evidence });
    expect(at('data+0')).toBe(at('bss+3'));
    expect(at('data+0')).not.toBe(at('text+0'));
    expect(at('data+0')).not.toBe(at('stack+0'));
  });
});

test('a target of few sessions never has more open, and all its worlds are searched', async () => {
  let most = 0;
  const open = new Set<Session>();
  const worlds = new Set<string>();
  const base = modelTarget();
  const few: Target = {
    name: 'few',
    limits: { sessions: 2, worlds: 16 },
    async open(world) {
      const honest = await base.open(world);
      const session: Session = {
        can: honest.can,
        run: (tape, inspect, into) => {
          worlds.add(JSON.stringify(world));
          return honest.run(tape, inspect, into);
        },
        reset: () => honest.reset(),
        close: async () => {
          open.delete(session);
          await honest.close();
        },
      };
      open.add(session);
      most = Math.max(most, open.size);
      return session;
    },
  };
  const { verdict, runs } = await fuzz({ target: few, runs: 200, seed: 7, maxOps: 10 });
  expect(verdict).toBe('held');
  expect(runs).toBeGreaterThanOrEqual(200);
  expect(most).toBe(2);
  expect(worlds.size).toBeGreaterThan(5);
  expect(open.size).toBe(0);
});

/** Dies of what it is asked to write: two panics, each at its own address. It tells its process id. */
const BRITTLE = `
let lives = true;
const answer = line => {
  const [op, p, page] = line.split(' ');
  if (op === 'cowcheck') return 'cowcheck 1 name=brittle ops=fork,write layout=data processes=3 id=pid:' + process.pid;
  if (op === 'sync') return line;
  if (op === 'reset') lives = true;
  if ((op === 'fork' || op === 'write') && (p !== '0' || !lives)) return 'absent';
  if (op === 'fork') return page === '0' ? 'taken' : 'refused memory';
  if (op === 'write' && (page === '2' || page === '3')) {
    process.stderr.write('all is lost\\ndied: panic: ' + (page === '2' ? 'null' : 'size') + '\\n');
    process.exit(70);
  }
  if (op !== 'write' || page < 2) return 'ok';
  lives = false;
  return 'killed access';
};
require('readline').createInterface({ input: process.stdin }).on('line', line => process.stdout.write(answer(line) + '\\n'));
`;

const brittle = (kept: boolean): Target =>
  wireTarget({
    name: 'brittle',
    kept,
    bail: 5,
    limits: { layout: 'data', processes: 3 },
    command: { file: process.execPath, args: ['-e', BRITTLE] },
  });

test('two panics are two findings, told apart by what the target died of', async () => {
  const { counterexamples } = await campaign({
    target: brittle(true),
    fields: [{ profile: 'base', world: { pageSize: 8, processes: 3, images: [{ name: 'one', data: 2 }] } }],
    seed: 3,
    runs: 300,
    maxOps: 20,
    inspect: 'none',
    bail: 5,
    shrinkTime: 5000,
  });
  expect(counterexamples.map(({ rule, ops }) => [rule, ops])).toEqual([
    [24, 1],
    [24, 1],
  ]);
  const said = counterexamples.map(({ trace }) => /died: (.*)/.exec(trace.finding?.found ?? '')?.[1]);
  expect(new Set(said)).toEqual(new Set(['panic: null', 'panic: size']));
});

describe('a program that is dear to start', () => {
  const open: Session[] = [];
  afterEach(async () => {
    for (const session of open.splice(0)) await session.close(true);
  });
  const world: World = { pageSize: 8, processes: 3, images: [{ name: 'one', data: 2 }] };
  const pid = async (target: Target): Promise<readonly [string | undefined, Session]> => {
    const session = await target.open(world);
    open.push(session);
    return [session.can.identity['pid'], session];
  };

  test('serves one session after the other', async () => {
    const target = brittle(true);
    const [first, session] = await pid(target);
    await session.close();
    expect((await pid(target))[0]).toBe(first);
    expect((await pid(target))[0]).not.toBe(first);
  });

  test('does not if it is damaged, nor if it is not kept', async () => {
    const target = brittle(true);
    const [first, session] = await pid(target);
    await session.close(true);
    expect((await pid(target))[0]).not.toBe(first);
    const other = brittle(false);
    const [second, closed] = await pid(other);
    await closed.close();
    expect((await pid(other))[0]).not.toBe(second);
  });

  test('a defect is known by its law, its culprit and its call', () => {
    const tape = pack(WORLD, [write('max')]);
    const evidence = { rule: 24, required: '', found: '', because: '', culprit: 'panic: walk' };
    expect(defectOf({ invariant: 'progress.target-lives', evidence, at: 0, tape })).toBe(
      'progress.target-lives/24/panic: walk at kwrite',
    );
  });
});

/** Ends at its first op, with these words on standard error. */
const ending = (words: string, trusted = false): Target =>
  wireTarget({
    name: 'ending',
    trusted,
    limits: { layout: 'data', processes: 3 },
    command: {
      file: process.execPath,
      args: [
        '-e',
        `require('readline').createInterface({ input: process.stdin }).on('line', line => {
          if (line.startsWith('fork') || line.startsWith('write')) {
            process.stderr.write(${JSON.stringify(`${words}\n`)});
            process.exit(71);
          }
          process.stdout.write((line === 'cowcheck 1' ? 'cowcheck 1 ops=fork,write layout=data' : line.startsWith('sync') ? line : 'ok') + '\\n');
        });`,
      ],
    },
  });

describe('the last words of a program', () => {
  const search = (target: Target): ReturnType<typeof fuzz> =>
    fuzz({ target, runs: 3, seed: 1, profile: 'base', shrinkTime: 0, maxOps: 5 });

  test('may name the rule that what it drives has broken', async () => {
    const [first] = (await search(ending('died: rule 25: a frame is counted wrong'))).counterexamples;
    expect(first).toMatchObject({ rule: 25, invariant: 'target.examined' });
    const [other] = (await search(ending('died: rule 99: nonsense'))).counterexamples;
    expect(other).toMatchObject({ rule: 24, invariant: 'progress.target-lives' });
  });

  test('that a store never ends break one rule where it must be refused, another where it may not be', async () => {
    const stuck = async (at: string): Promise<unknown> => {
      const world = { ...WORLD, images: [{ name: 'one', data: 2 }] };
      const rig = await Rig.open(ending('died: rule 12: a process never comes back from its write'), world);
      try {
        const outcome = await rig.run(pack(world, [{ op: 'write', by: 'A', at, length: 1, value: 1 }]));
        return outcome.verdict === 'violated' ? outcome.violation.evidence.rule : outcome.verdict;
      } finally {
        await rig.close();
      }
    };
    expect(await stuck('max')).toBe(12);
    expect(await stuck('data+0')).toBe(11);
  });

  test('are a failure of the rig if it is ours and says so, and a death if it is not', async () => {
    const words = 'rig: {"code":"no-luck","message":"it rains","remedy":"wait"}';
    await expect(search(ending(words, true))).rejects.toMatchObject({ code: 'no-luck', remedy: 'wait' });
    const [first] = (await search(ending(words))).counterexamples;
    expect(first).toMatchObject({ rule: 24 });
  });
});
