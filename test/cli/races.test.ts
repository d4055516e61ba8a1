// Races from the command line: each defect of calf that takes two harts proven and replayed, the right kernel never accused.
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseTrace } from '../../spec/parse.ts';
import { DEFECTS } from '../../targets/calf/defects.ts';
import { cowcheck, type Ended, folder, MAIN, start } from './cowcheck.ts';

const NEEDED = {
  'qemu-system-riscv64': 'qemu-system-misc',
  'riscv64-linux-gnu-gcc': 'gcc-riscv64-linux-gnu',
  'gdb-multiarch': 'gdb-multiarch',
};
const lacking = Object.entries(NEEDED).filter(
  ([program]) => spawnSync(program, ['--version']).error !== undefined,
);
const missing =
  lacking.length === 0 ? undefined : `apt-get install ${lacking.map(([, name]) => name).join(' ')}`;
if (missing !== undefined)
  console.warn(`races are not tested: something is not there; to run them: ${missing}`);

const LONG = 150_000;

const races = (target: string, cwd: string, ...more: readonly string[]): Promise<Ended> =>
  cowcheck(['races', target, ...more], cwd, {}, LONG);

interface Json {
  readonly verdict: string;
  readonly why: readonly string[];
  readonly schedules: readonly [number, number];
  readonly counterexamples: readonly {
    readonly rule: number;
    readonly file: string;
    readonly because: string;
    readonly replay: string;
    readonly steps: readonly { readonly role: number; readonly did: string; readonly where: string }[];
    readonly reproduced: { readonly times: number; readonly of: number };
  }[];
}

const RACES = DEFECTS.filter(({ harts }) => harts !== undefined);

describe.skipIf(missing !== undefined)('races', { timeout: 200_000 }, () => {
  test.each(RACES.map(card => [card.name, card] as const))('of %s', async (name, card) => {
    const cwd = folder();
    const { code, out, err } = await races(`calf:${name}`, cwd, '--json');
    expect({ code, err }).toMatchObject({ code: 1 });
    const { verdict, counterexamples } = JSON.parse(out) as Json;
    expect(verdict).toBe('violated');
    const [found] = counterexamples;
    expect([card.rule, ...(card.alsoBreaks ?? [])]).toContain(found?.rule);
    expect(found?.reproduced).toEqual({ times: 3, of: 3 });
    const held = found?.steps.findIndex(({ did }) => did === 'is held here') ?? -1;
    expect(found?.steps.slice(held + 1).some(({ role }) => role === 1)).toBe(true);
    expect(found?.steps[held]?.where).toMatch(/^\w+, \w+\.[chS]:\d+$/);
    const file = found?.file ?? '';
    expect(parseTrace(readFileSync(join(cwd, file), 'utf8')).schedule?.holds).toHaveLength(1);

    const again = await cowcheck(['replay', file, '--repeat', '3', '--json'], cwd, {}, LONG);
    expect(again.code).toBe(1);
    expect((JSON.parse(again.out) as { reproduced: unknown }).reproduced).toEqual({ times: 3, of: 3 });
    // Never a race; where the right kernel makes other accesses than the wrong one, nothing is said of it.
    const right = await cowcheck(['replay', file, '--target', 'calf'], cwd, {}, LONG);
    expect(right.out).toMatch(/: the race shows 0 of 1 times(; no hart came to the place .*)?\n$/);
    expect(right.code).toBe(right.out.includes('no hart came') ? 3 : 0);
  });

  test('are none in the right kernel, for ops that every defect is found by', async () => {
    const { code, out, err } = await races('calf', folder(), '--ops', 'sbrk,write,fork', '--json');
    expect({ code, err }).toMatchObject({ code: 0 });
    const { verdict, why, schedules, counterexamples } = JSON.parse(out) as Json;
    expect({ verdict, why, counterexamples }).toEqual({ verdict: 'none', why: [], counterexamples: [] });
    expect(schedules[0]).toBeGreaterThan(50);
    expect(schedules[1]).toBe(0);
  });

  test('are told of in columns, with the command that shows them again', async () => {
    const cwd = folder();
    const { code, out } = await races('calf:count-without-lock', cwd, '--ops', 'sbrk');
    expect(code).toBe(1);
    const [file = ''] = /\.cowcheck\S+\.json/.exec(out) ?? [];
    expect(
      out
        .replaceAll(file, 'FILE')
        .replaceAll(/ +\n/g, '\n')
        .replaceAll(/:\d+\n/g, ':N\n')
        .replace(/\d+\.\d s/, 'N s'),
    ).toMatchInlineSnapshot(`
      "violated  frames.all-back  (rule 26)
                After all processes are gone, all frames, table pages and slots are back.
      race      A: sbrk gives the page up | B: sbrk gives the page up; 2 processes have the page; target calf:count-without-lock
                A                                 B
           1    reads count 2                                                       frame_drop, frames.c:N
           2    is held here                                                        frame_drop, frames.c:N
           3                                      reads count 2                     frame_drop, frames.c:N
           4                                      writes count 2 -> 1               frame_drop, frames.c:N
           5                                      is done
           6    writes count 1 -> 1                                                 frame_drop, frames.c:N
           7    is done
      required  each frame is mapped, on the free list, or the kernel’s own
      found     one frame is none of these, while the racers are still there
      because   an update was lost: a racer stored what it had worked out from a count that was no longer so (B99: plain increments and decrements; B102: two locks for one counter)
      again     3 of 3 times
      saved     FILE
      replay    npx cowcheck replay FILE

      violated  races calf:count-without-lock: found in 2 schedules in N s
      bounds     two ops at once of sbrk; one frame; one to three sharers, and no free memory; one hart held once, before an access to count or frame or at one of three locks behind it
      counts     frames
      "
    `);
    const again = await cowcheck(['replay', file], cwd, {}, LONG);
    expect(again.out).toContain('writes count 1 -> 1');
    expect(again.code).toBe(1);

    const never = join(cwd, 'never.json');
    const trace = JSON.parse(readFileSync(join(cwd, file), 'utf8')) as {
      schedule: { holds: { access: number }[] };
    };
    for (const hold of trace.schedule.holds) hold.access = 9;
    writeFileSync(never, JSON.stringify(trace));
    const unreached = await cowcheck(['replay', never], cwd, {}, LONG);
    expect(unreached).toMatchObject({
      code: 3,
      out: `inconclusive  ${never} on calf:count-without-lock: the race shows 0 of 1 times; no hart came to the place where it was to be held, for this kernel makes other accesses there: cowcheck races searches it anew\n`,
    });

    expect((await cowcheck(['pin', file], cwd)).code).toBe(0);
    const pinned = await races('calf:count-without-lock', cwd, '--ops', 'fork', '--json');
    expect((JSON.parse(pinned.out) as Json).schedules).toEqual([0, 0]);
    expect(pinned.code).toBe(1);
    const shorter = await cowcheck(['shrink', file], cwd);
    expect(shorter.code).toBe(2);
    expect(shorter.err).toContain('is a race, which has the fewest ops as it is found: two');
  });

  test('are told once of each rule and kind of mistake', async () => {
    const { code, out } = await races(
      'calf:count-without-lock',
      folder(),
      '--ops',
      'sbrk,fork',
      '--bail',
      '9',
      '--json',
    );
    expect(code).toBe(1);
    const { counterexamples, schedules } = JSON.parse(out) as Json;
    const kinds = counterexamples.map(({ rule, because }) => `${rule} ${because}`);
    expect(kinds.length).toBeGreaterThan(1);
    expect(new Set(kinds).size).toBe(kinds.length);
    expect(schedules[0]).toBeGreaterThan(20);
  });

  test('that had too little time are inconclusive', async () => {
    const { code, out } = await races('calf', folder(), '--time', '1ms', '--json');
    expect(code).toBe(3);
    expect((JSON.parse(out) as Json).why.join()).toContain('give it more time');
  });

  test.each([
    ['killed again and again', 'SIGKILL', /QEMU (ended|did not start)/],
    [
      'stopped, so that no hart comes back',
      'SIGSTOP',
      /gdb stub, and it does not|no shell|no guest memory|did not reach/,
    ],
  ] as const)('leave no QEMU behind when it is %s, and say what happened', async (_, signal, words) => {
    const running = start(process.execPath, [MAIN, 'races', 'calf'], folder(), {}, LONG);
    const machines = (): readonly string[] =>
      spawnSync('pgrep', ['-P', String(running.child.pid), '-f', 'qemu-system-riscv64'], {
        encoding: 'utf8',
      })
        .stdout.split('\n')
        .filter(pid => pid !== '');
    await running.said('schedules');
    while (running.child.exitCode === null) {
      for (const pid of machines()) process.kill(Number(pid), signal);
      await Promise.race([running.ended, new Promise(resolve => setTimeout(resolve, 300))]);
    }
    const { code, out } = await running.ended;
    expect(code).toBe(3);
    expect(out).toContain('inconclusive  races calf');
    expect(out).toMatch(words);
    expect(out).not.toContain('give it more time');
    expect(machines()).toEqual([]);
  });
});

describe.skipIf(missing !== undefined)('a search on several harts', { timeout: 200_000 }, () => {
  const fuzz = (target: string, cwd: string, ...more: readonly string[]): Promise<Ended> =>
    cowcheck(['fuzz', target, '--smp', '3', '--seed', '1', ...more], cwd, {}, LONG);

  interface Search {
    readonly verdict: string;
    readonly inspectionLeftOut: readonly string[];
    readonly races?: { readonly schedules: readonly number[]; readonly ops: readonly string[] };
    readonly counterexamples: readonly {
      readonly rule: number;
      readonly ops: number;
      readonly file: string;
    }[];
  }

  // One of each rule, unless all are asked for: `cowcheck races` is tried with every one of them above.
  const searched = RACES.filter(
    ({ rule }, i) =>
      process.env['COWCHECK_ALL_ROWS'] !== undefined || RACES.findIndex(card => card.rule === rule) === i,
  );
  test.each(searched.map(card => [card.name, card] as const))(
    'finds %s, by a rule that it breaks, in at most twice the fewest ops, after its runs',
    async (name, card) => {
      const cwd = folder();
      const { code, out, err } = await fuzz(`calf:${name}`, cwd, '--runs', '2', '--bail', '1', '--json');
      expect({ code, err }).toMatchObject({ code: 1 });
      const { verdict, counterexamples } = JSON.parse(out) as Search;
      expect(verdict).toBe('violated');
      const [found] = counterexamples;
      expect([card.rule, ...(card.alsoBreaks ?? [])]).toContain(found?.rule);
      expect(found?.ops).toBeLessThanOrEqual(2 * card.ops.length);
      expect(readdirSync(join(cwd, '.cowcheck/crashes'))).toContain(found?.file.split('/').at(-1));
    },
  );

  test('tells of a race as races does, in each report, and replays it first when it is kept', async () => {
    const cwd = folder();
    const reporters = ['--reporter', 'text,junit,github'];
    const { code, out } = await fuzz(
      'calf:count-without-lock',
      cwd,
      '--runs',
      '2',
      '--ops',
      'sbrk',
      '--bail',
      '1',
      ...reporters,
    );
    expect(code).toBe(1);
    const columns = /^race {6}A: .*\n {10}A +B\n(?: +\d+ .*\n)+/m;
    expect(out).toMatch(columns);
    expect(out).toMatch(/^violated {2}calf:count-without-lock: /m);
    expect(out).toMatch(/^::error file=.*frames\./m);
    expect(readFileSync(join(cwd, '.cowcheck/junit.xml'), 'utf8')).toContain('is held here');
    const file = /^saved +(.*)$/m.exec(out)?.[1] ?? '';
    const [, again = ''] = /^replay +npx cowcheck (.*)$/m.exec(out) ?? [];
    expect(again).toBe(`replay ${file} --smp 3`);
    expect((await cowcheck(again.split(' '), cwd, {}, LONG)).out).toMatch(columns);
    expect((await cowcheck(['pin', file], cwd)).code).toBe(0);

    const kept = await fuzz('calf:count-without-lock', cwd, '--runs', '2', '--bail', '1', '--json');
    expect((JSON.parse(kept.out) as Search).counterexamples[0]?.file).toMatch(/^cowcheck-regressions\//);
    expect((JSON.parse(kept.out) as Search).races?.schedules).toEqual([0, 0]);
    const alone = ['fuzz', 'calf:count-without-lock', '--runs', '2', '--seed', '1', '--json'];
    const { inspectionLeftOut } = JSON.parse((await cowcheck(alone, cwd, {}, LONG)).out) as Search;
    expect(inspectionLeftOut).toContain(
      '1 of the regressions are races and were not run: they need a kernel on more than one hart (--smp 3)',
    );
  });

  test('holds where there is no race, and says what was tried', async () => {
    const { code, out, err } = await fuzz(
      'calf',
      folder(),
      '--time',
      '45s',
      '--ops',
      'fork,write,read',
      '--json',
    );
    expect({ code, err }).toMatchObject({ code: 0 });
    const { verdict, races, counterexamples } = JSON.parse(out) as Search;
    expect({ verdict, counterexamples, ops: races?.ops }).toEqual({
      verdict: 'held',
      counterexamples: [],
      ops: ['fork', 'write'],
    });
    expect(races?.schedules[0]).toBeGreaterThan(10);
    const apart = await fuzz('calf', folder(), '--runs', '1', '--ops', 'read,kread', '--json');
    expect(apart.code).toBe(3);
    expect((JSON.parse(apart.out) as Search).inspectionLeftOut).toContain(
      'races were not looked for: none of the ops asked for can race',
    );
  });
});

describe('races of what cannot race', () => {
  test('are refused with what to type', async () => {
    const cwd = folder();
    const said: string[] = [];
    for (const args of [
      ['model'],
      ['calf', '--ops', 'fork,mmap'],
      ['calf', '--preemptions', '3'],
      ['xv6'],
      ['xv6', '--kernel', '/bin/true', '--disk', '/bin/true'],
    ]) {
      const { code, out, err } = await cowcheck(['races', ...args], cwd);
      expect(out).toBe('');
      said.push(`${code} ${err}`);
    }
    expect(said.join('')).toMatchInlineSnapshot(`
      "2 cowcheck: races holds the harts of a kernel in QEMU, and "model" is none; it takes xv6, calf or calf:DEFECT; type: cowcheck races xv6 --kernel kernel/kernel --disk fs.img
      2 cowcheck: --ops was given "mmap"; it takes names of ops that can race: sbrk, fork, write, kwrite, exec, wait; type for example: --ops sbrk,fork,write
      2 cowcheck: --preemptions was given "3"; it takes a whole number from 1 to 2; type for example: --preemptions 2
      4 cowcheck: xv6 needs two files that its own build makes; --kernel was not given [xv6-kernel]; what to do: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img
      4 cowcheck: /bin/true is for 64-bit x86 (x86-64), not for RISC-V; accepted is a 64-bit RISC-V ELF file [elf-machine]; what to do: build it with the course’s Makefile (make kernel/kernel) and give that file: --kernel kernel/kernel
      "
    `);
  });
});
