// A machine that lacks something: a C compiler, room on its disk.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseTrace } from '../../spec/parse.ts';
import { cowcheck, folder, transcript } from './cowcheck.ts';

describe.runIf(process.platform === 'linux')('without a C compiler', () => {
  // No program is on this path, and no agent was built before in these folders.
  const cwd = folder();
  const bare = { PATH: cwd, HOME: cwd, XDG_CACHE_HOME: join(cwd, 'cache'), CC: undefined };

  test('the linux target cannot be had: 4, and the command that installs one', async () => {
    expect(await transcript([['fuzz', 'linux', '--runs', '1', '--json']], cwd, bare)).toMatchInlineSnapshot(`
      "
      $ cowcheck fuzz linux --runs 1 --json
      cowcheck: the Linux agent is built from C at first use, and there is no C compiler: "cc" was not found [linux-no-compiler]; what to do: apt-get install gcc libc6-dev
      exit 4
      "
    `);
  });

  test('a relative XDG_CACHE_HOME is not used, as its specification asks', async () => {
    const { code, err } = await cowcheck(['fuzz', 'linux', '--runs', '1'], cwd, {
      ...bare,
      XDG_CACHE_HOME: '.',
    });
    expect(code).toBe(4);
    expect(err).toContain('linux-no-compiler');
  });

  test('doctor says so, and that the rest works', async () => {
    const { code, out } = await cowcheck(['doctor'], cwd, bare);
    expect(code).toBe(0);
    expect(out.replace(/v\d+\.\d+\.\d+/, 'VERSION')).toMatchInlineSnapshot(`
      "ok       node            VERSION
      missing  C compiler      cc is not there; the linux target builds its agent with it
               what to do:     apt-get install gcc libc6-dev
      missing  sandbox         bubblewrap (bwrap) was not found; --sandbox bwrap needs it
               what to do:     apt-get install bubblewrap, or do without: --sandbox none
      missing  QEMU for RISC-V qemu-system-riscv64 is not there; xv6 and calf kernels run in it
               what to do:     apt-get install qemu-system-misc
      missing  gdb-multiarch   gdb-multiarch is not there; a kernel’s structures are read with it; without it xv6 and calf cannot be searched
               what to do:     apt-get install gdb-multiarch
      missing  RISC-V compiler riscv64-linux-gnu-gcc is not there; calf, and from a checkout the agent for xv6, are built with it
               what to do:     apt-get install gcc-riscv64-linux-gnu
      ok       output folder   .cowcheck
      ok       target model    inspects frame, writable, executable, copyOnWrite, count, free, contents, totals, pins; kind in process
      missing  target linux    the Linux agent is built from C at first use, and there is no C compiler: "cc" was not found [linux-no-compiler]; what to do: apt-get install gcc libc6-dev
               what to do:     apt-get install gcc libc6-dev
      "
    `);
  });

  test('doctor as data', async () => {
    const { code, out, err } = await cowcheck(['doctor', '--json', '--output', '/proc/none'], cwd, bare);
    const { checks } = JSON.parse(out) as { checks: { what: string; works: boolean; remedy?: string }[] };
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(checks.map(({ what, works }) => `${what}: ${works}`)).toEqual([
      'node: true',
      'C compiler: false',
      'sandbox: false',
      'QEMU for RISC-V: false',
      'gdb-multiarch: false',
      'RISC-V compiler: false',
      'output folder: false',
      'target model: true',
      'target linux: false',
    ]);
    expect(checks[1]?.remedy).toBe('apt-get install gcc libc6-dev');
  });
});

const root = process.getuid?.() === 0;
const mounts: string[] = [];
afterAll(() => {
  for (const mount of mounts) spawnSync('umount', [mount]);
});

/** A small file system of its own, or undefined where it cannot be had. */
function disk(options: string): string | undefined {
  const mount = join(folder(), 'disk');
  mkdirSync(mount);
  if (!root || spawnSync('mount', ['-t', 'tmpfs', '-o', options, 'none', mount]).status !== 0)
    return undefined;
  mounts.push(mount);
  return mount;
}

describe('a full disk', () => {
  test('before the search: 2', async ({ skip }) => {
    const mount = disk('size=64k');
    if (mount === undefined) return skip('needs root, to mount a small file system');
    expect(() => writeFileSync(join(mount, 'filler'), Buffer.alloc(128 * 1024))).toThrow(/ENOSPC/);
    const { code, out, err } = await cowcheck(['fuzz', '--runs', '1', '--output', mount], folder());
    expect({ code, out, err }).toEqual({
      code: 2,
      out: '',
      err: `cowcheck: ${mount}: cannot be written to (ENOSPC); choose another with --output DIR\n`,
    });
  });

  test('when something is found: it is printed whole, and the exit code is 1', async ({ skip }) => {
    // Room for the folder of crashes and for nothing in it.
    const mount = disk('nr_inodes=2');
    if (mount === undefined) return skip('needs root, to mount a small file system');
    const cwd = folder();
    const { code, out, err } = await cowcheck(
      [
        'fuzz',
        'mutant:fork-leaves-child-writable',
        '--seed',
        '1',
        '--output',
        mount,
        '--reporter',
        'json,junit',
      ],
      cwd,
    );
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject({
      verdict: 'violated',
      counterexamples: [{ rule: 29, file: '', replay: '' }],
    });
    const parts = err.split(/^cowcheck: /m).slice(1);
    expect(
      parts.map(part =>
        part
          .split('\n')[0]
          ?.replaceAll(mount, 'disk')
          .replaceAll(/runs\/[^/]+\//g, 'runs/NOW/')
          .replaceAll(/[0-9a-f]{8}/g, 'ID'),
      ),
    ).toMatchInlineSnapshot(`
      [
        "a finding could not be saved: disk/crashes/ID.json: cannot be written (ENOSPC); to keep it, put this into a file:",
        "a finding could not be saved: disk/crashes/ID.json: cannot be written (ENOSPC); to keep it, put this into a file:",
        "the summary of this run could not be saved: disk/runs/NOW/summary.json: cannot be written (ENOSPC)",
        "the JUnit report could not be saved: disk/junit.xml: cannot be written (ENOSPC)",
      ]
    `);
    // The last one is the shrunk one; what follows its first line is a trace file that replays.
    const text = parts[1]?.slice(parts[1].indexOf('\n') + 1) ?? '';
    expect(parseTrace(text).ops).toHaveLength(1);
    writeFileSync(join(cwd, 'kept.json'), text);
    expect((await cowcheck(['replay', 'kept.json'], cwd)).code).toBe(1);
  });

  test('when something is shrunk: the same', async ({ skip }) => {
    const mount = disk('nr_inodes=2');
    if (mount === undefined) return skip('needs root, to mount a small file system');
    const cwd = folder();
    writeFileSync(
      join(cwd, 'bare.json'),
      '{"format":1,"world":{"pageSize":8,"processes":3,"images":[{"name":"one","data":1}]},"ops":[{"op":"read","by":"A","at":"data+0","length":1},{"op":"fork","by":"A","as":"B"}]}',
    );
    const { code, out, err } = await cowcheck(
      ['shrink', 'bare.json', '--target', 'mutant:fork-leaves-child-writable', '--output', mount],
      cwd,
    );
    expect(code).toBe(1);
    expect(out).toContain('nothing simpler fails: 2 ops became 1 in ');
    expect(parseTrace(err.slice(err.indexOf('\n') + 1)).ops).toHaveLength(1);
  });
});
