// Kernels in QEMU from the command line: calf right and wrong, what is printed replayed, bad files, and no QEMU left behind.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { DEFECTS } from '../../targets/calf/defects.ts';
import { calfKernel } from '../../targets/calf/kernel.ts';
import { cowcheck, type Ended, folder, MAIN, start, twoAtATime } from './cowcheck.ts';

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
  console.warn(`kernels in QEMU are not tested: something is not there; to run them: ${missing}`);

/** Milliseconds one command may take. */
const LONG = 150_000;

const fuzz = (target: string, cwd: string, ...more: readonly string[]): Promise<Ended> =>
  cowcheck(['fuzz', target, '--seed', '1', ...more], cwd, {}, LONG);

/** Some of each kind: frames counted wrong, sharing broken, the kernel's own writes, permissions, panics, hangs, no memory. */
const SOME = [
  'copy-keeps-old-reference',
  'copyout-ignores-sharing',
  'records-ignore-sharing',
  'guard-opened',
  'jump-without-limit-test',
  'success-without-write',
  'out-of-memory-panics',
  'exec-leaks-old-pages',
  'failed-fork-not-undone',
  'fork-refused-at-three-holders',
];

/** All that need no race, where all are asked for. */
const FOUND =
  process.env['COWCHECK_ALL_ROWS'] === undefined
    ? SOME
    : DEFECTS.filter(({ harts, unseen }) => harts === undefined && unseen === undefined).map(
        ({ name }) => name,
      );

describe.skipIf(missing !== undefined)('calf', { timeout: 240_000 }, () => {
  test.each([1, 3])('holds, on %d harts', async harts => {
    const budget = ['--runs', '40', '--time', '90s'];
    const { code, out, err } = await fuzz('calf', folder(), ...budget, '--smp', String(harts), '--json');
    expect({ code, err }).toMatchObject({ code: 0 });
    const { verdict, target, opsHit, identity, races } = JSON.parse(out) as Record<string, unknown>;
    expect(races === undefined).toBe(harts === 1);
    expect({ verdict, target }).toEqual({ verdict: 'held', target: 'calf' });
    expect(identity).toMatchObject({ base: 'calf', harts: String(harts), counts: 'frames' });
    expect(Object.keys(opsHit as object)).toEqual(
      'fork exec exit wait kill read write kread kwrite sbrk failalloc'.split(' '),
    );
  });

  test('the same seed brings the same search', async () => {
    const counts = await twoAtATime([1, 2], async () => {
      const { out } = await fuzz('calf', folder(), '--runs', '15', '--json');
      const { ops, opsHit, rulesHit } = JSON.parse(out) as Record<string, unknown>;
      return { ops, opsHit, rulesHit };
    });
    expect(counts[0]).toEqual(counts[1]);
  });

  const patience = { timeout: 900_000 };
  test(
    'with a defect is found out, by the rule that it breaks, in hardly more ops than needed',
    patience,
    async () => {
      const found = await twoAtATime(FOUND, async name => {
        const { code, out } = await fuzz(`calf:${name}`, folder(), '--time', '90s', '--bail', '1', '--json');
        const { counterexamples } = JSON.parse(out) as {
          counterexamples: readonly {
            readonly rule: number;
            readonly invariant: string;
            readonly ops: number;
          }[];
        };
        const [first] = counterexamples;
        return { name, code, rule: first?.rule, invariant: first?.invariant, ops: first?.ops ?? 0 };
      });
      for (const { name, code, rule, invariant, ops } of found) {
        const card = DEFECTS.find(defect => defect.name === name);
        expect({ name, code }).toEqual({ name, code: 1 });
        expect({ name, rules: [card?.rule, ...(card?.alsoBreaks ?? [])] }).toMatchObject({
          name,
          rules: expect.arrayContaining([rule]) as unknown,
        });
        // A status that wait stores takes a fork, an exit and the wait, whatever the card needs for its own rule.
        const fewest = Math.max(card?.ops.length ?? 0, invariant === 'reply.wait' ? 3 : 0);
        expect({ name, ops: ops <= 2 * fewest }).toEqual({ name, ops: true });
      }
    },
  );

  test('what is printed shows it again, and the right kernel holds in it', async () => {
    const cwd = folder();
    const { out } = await fuzz('calf:guard-opened', cwd, '--time', '90s', '--bail', '1');
    const file = /^saved +(.*)$/m.exec(out)?.[1] ?? '';
    expect(out).toContain(`replay    npx cowcheck replay ${file}\n`);
    expect((await cowcheck(['replay', file], cwd, {}, LONG)).code).toBe(1);
    expect((await cowcheck(['replay', file, '--target', 'calf'], cwd, {}, LONG)).code).toBe(0);
  });

  test('leaves no QEMU behind, not even when it is killed', async () => {
    const cwd = folder();
    const running = start(process.execPath, [MAIN, 'fuzz', 'calf', '--time', '60s', '--seed', '1'], cwd);
    const machines = (): readonly string[] =>
      spawnSync('pgrep', ['-f', 'qemu-system-riscv64.*memory-backend-memfd'], { encoding: 'utf8' })
        .stdout.split('\n')
        .filter(pid => pid !== '' && ancestors(Number(pid)).includes(running.child.pid ?? 0));
    await expect.poll(machines, { timeout: 30_000, interval: 100 }).not.toEqual([]);
    const alive = machines();
    running.child.kill('SIGKILL');
    await running.ended;
    await sleep(200);
    for (const pid of alive)
      await expect
        .poll(
          () => spawnSync('ps', ['-o', 'stat=', '-p', pid], { encoding: 'utf8' }).stdout.replace(/^Z.*/, ''),
          {
            timeout: 10_000,
          },
        )
        .toBe('');
  });
});

/** The processes above `pid`. */
function ancestors(pid: number): readonly number[] {
  const parent = Number(spawnSync('ps', ['-o', 'ppid=', '-p', String(pid)], { encoding: 'utf8' }).stdout);
  return parent > 1 ? [parent, ...ancestors(parent)] : [];
}

describe('files that a kernel cannot be made of', () => {
  const xv6 = (cwd: string, ...flags: readonly string[]): Promise<Ended> =>
    cowcheck(['fuzz', 'xv6', '--time', '5s', ...flags], cwd);

  test('none, not there, not a kernel, not a disk; flags for another target', async () => {
    const cwd = folder();
    writeFileSync(join(cwd, 'text'), 'hello\u001b[31m');
    const said: string[] = [];
    for (const flags of [
      [],
      ['--kernel', 'text'],
      ['--kernel', 'gone', '--disk', 'text'],
      ['--kernel', 'text', '--disk', 'text'],
      ['--kernel', '/bin/true', '--disk', 'text'],
    ]) {
      const { code, out, err } = await xv6(cwd, ...flags);
      expect({ flags, code, out }).toEqual({ flags, code: 4, out: '' });
      said.push(err);
    }
    expect(said.join('')).toMatchInlineSnapshot(`
      "cowcheck: xv6 needs two files that its own build makes; --kernel was not given [xv6-kernel]; what to do: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img
      cowcheck: xv6 needs two files that its own build makes; --disk was not given [xv6-disk]; what to do: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img
      cowcheck: cannot read the kernel gone: there is no such file [xv6-kernel]; what to do: make kernel/kernel fs.img, then: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img
      cowcheck: text is not an ELF file: it begins with "hello\\x1b[31m"; accepted is a 64-bit RISC-V ELF file [elf-not]; what to do: build it with the course’s Makefile (make kernel/kernel) and give that file: --kernel kernel/kernel
      cowcheck: /bin/true is for 64-bit x86 (x86-64), not for RISC-V; accepted is a 64-bit RISC-V ELF file [elf-machine]; what to do: build it with the course’s Makefile (make kernel/kernel) and give that file: --kernel kernel/kernel
      "
    `);
    const { code, err } = await cowcheck(['fuzz', 'model', '--smp', '3'], cwd);
    expect({ code, err }).toMatchInlineSnapshot(`
      {
        "code": 2,
        "err": "cowcheck: --smp is about a kernel in a machine of its own, and "model" takes none; type: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img
      ",
      }
    `);
    const unknown = await cowcheck(['fuzz', 'calf:no-such-defect'], cwd);
    expect(unknown.code).toBe(4);
    expect(unknown.err).toContain('calf has no defect "no-such-defect"');
  });

  test.skipIf(missing !== undefined)(
    'a kernel that is not understood, one without symbols, no QEMU, no gdb',
    { timeout: 120_000 },
    async () => {
      const cwd = folder();
      const { path } = await calfKernel();
      const stripped = join(cwd, 'stripped');
      spawnSync('riscv64-linux-gnu-objcopy', ['--strip-all', path, stripped]);
      const disk = join(cwd, 'fs.img');
      writeFileSync(disk, Buffer.alloc(1 << 20));
      for (const [flags, words] of [
        [['--kernel', path, '--disk', disk], /not an xv6 file system|is not one|superblock/],
        [['--kernel', stripped, '--disk', disk], /not an xv6 file system|is not one|superblock/],
      ] as const) {
        const { code, err } = await xv6(cwd, ...flags);
        expect(code).toBe(4);
        expect(err).toMatch(words);
      }
      const bare = { PATH: '/nowhere', XDG_CACHE_HOME: join(cwd, 'cache') };
      const { code, err } = await cowcheck(['fuzz', 'calf', '--time', '5s'], cwd, bare);
      expect(code).toBe(4);
      expect(err).toContain('apt-get install gcc-riscv64-linux-gnu');
      expect(readFileSync(disk).every(byte => byte === 0)).toBe(true);
    },
  );
});
