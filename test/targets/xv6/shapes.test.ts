// Structures of a kernel read through gdb, once; and what is said where they cannot be.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { shapesOf, type Wanted } from '../../../targets/xv6/shapes.ts';
import { elfOf } from './made.ts';

const folder = mkdtempSync(join(tmpdir(), 'cowcheck-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const SOURCE = `
enum state { UNUSED, USED, SLEEPING };
struct context { unsigned long ra, sp; };
struct proc { int lock; enum state state; unsigned long sz; unsigned long *pagetable; struct context context;
              void *ofile[16]; char name[16]; } proc[64];
struct { int lock; struct proc file[100]; } ftable;
enum state now;
void _start(void) { proc[0].state = now; ftable.lock = 0; for (;;); }
`;
const kernel = join(folder, 'kernel');
writeFileSync(join(folder, 'kernel.c'), SOURCE);
const built = spawnSync(
  'riscv64-linux-gnu-gcc',
  [
    '-g',
    '-O1',
    '-nostdlib',
    '-static',
    '-ffreestanding',
    '-mcmodel=medany',
    '-o',
    kernel,
    join(folder, 'kernel.c'),
  ],
  { encoding: 'utf8' },
);
const missing =
  built.status !== 0
    ? 'there is no compiler for RISC-V; to run them: apt-get install gcc-riscv64-linux-gnu'
    : spawnSync('gdb-multiarch', ['--version']).status !== 0
      ? 'there is no gdb; to run them: apt-get install gdb-multiarch'
      : undefined;
if (missing !== undefined) console.warn(`the tests of a kernel's structures are skipped: ${missing}`);

const WANTED: Wanted = {
  offsets: [
    ['struct proc', 'pagetable'],
    ['struct proc', 'context.sp'],
    ['struct proc', 'trapframe'],
    ['struct nothing', 'x'],
  ],
  sizes: ['struct context', 'struct proc.name'],
  enums: ['SLEEPING', 'ZOMBIE'],
  arrays: ['proc', 'struct proc.ofile', 'ftable.file', 'nothing'],
};
const UNDEFINED = ['struct proc.trapframe', 'struct nothing.x', 'ZOMBIE', 'length nothing'];
const FOUND = [
  ['struct proc.pagetable', 16],
  ['struct proc.context.sp', 32],
  ['struct proc.trapframe', undefined],
  ['struct nothing.x', undefined],
  ['sizeof struct context', 16],
  ['sizeof struct proc.name', 16],
  ['SLEEPING', 2],
  ['ZOMBIE', undefined],
  ['length proc', 64],
  ['length struct proc.ofile', 16],
  ['length ftable.file', 100],
  ['length nothing', undefined],
];

describe.skipIf(missing !== undefined)('structures', () => {
  test('are read once and kept, for this kernel and these questions', async () => {
    const cache = join(folder, 'cache');
    const first = await shapesOf(kernel, WANTED, { cache });
    expect(first.notUnderstood).toBeUndefined();
    expect([...first.of]).toEqual(FOUND);
    expect(readdirSync(cache)).toHaveLength(1);
    expect([...(await shapesOf(kernel, WANTED, { cache, gdb: 'gdb-none' })).of]).toEqual(FOUND);
    const other = await shapesOf(kernel, { enums: ['USED'] }, { cache, gdb: 'gdb-none' });
    expect(other.notUnderstood).toBeDefined();
  });

  test('an answer that was damaged is asked again', async () => {
    const cache = join(folder, 'damaged');
    await shapesOf(kernel, WANTED, { cache });
    for (const content of ['', '{', '[1]', JSON.stringify(FOUND.map(() => 'x'))]) {
      for (const name of readdirSync(cache)) writeFileSync(join(cache, name), content);
      expect([...(await shapesOf(kernel, WANTED, { cache })).of]).toEqual(FOUND);
    }
  });

  test('nothing that a kernel brings with it is run', async () => {
    const scripted = join(folder, 'scripted');
    const section = join(folder, 'section');
    const proof = join(folder, 'proof');
    writeFileSync(section, `\x04evil\nopen(${JSON.stringify(proof)}, 'w')\n\0`);
    const objcopy = spawnSync('riscv64-linux-gnu-objcopy', [
      `--add-section=.debug_gdb_scripts=${section}`,
      kernel,
      scripted,
    ]);
    expect(objcopy.status).toBe(0);
    writeFileSync(join(folder, 'scripted-gdb.py'), `open(${JSON.stringify(proof)}, 'w')\n`);
    // A gdb that its owner told to trust every folder.
    const gdb = join(folder, 'trusting');
    writeFileSync(gdb, `#!/bin/sh\nexec gdb-multiarch -iex 'set auto-load safe-path /' "$@"\n`, {
      mode: 0o755,
    });
    const { of } = await shapesOf(scripted, WANTED, { cache: join(folder, 'cache'), gdb });
    expect(of.get('SLEEPING')).toBe(2);
    expect(readdirSync(folder)).not.toContain('proof');
  });

  test('without gdb', async () => {
    const { of, ...said } = await shapesOf(kernel, WANTED, { cache: join(folder, 'none'), gdb: 'gdb-none' });
    expect(new Set(of.values())).toEqual(new Set([undefined]));
    expect(said).toMatchInlineSnapshot(`
      {
        "notUnderstood": "the kernel's structures are read with gdb, and "gdb-none" is not on this machine",
        "remedy": "apt-get install gdb-multiarch",
      }
    `);
  });

  test('with a gdb that fails', async () => {
    const { of, ...said } = await shapesOf(kernel, WANTED, { cache: join(folder, 'none'), gdb: 'false' });
    expect(of.size).toBe(FOUND.length);
    expect(said.notUnderstood).toContain('gdb could not read the kernel');
    expect(readdirSync(join(folder, 'none'))).toEqual([]);
  });
});

test('a kernel without debug information is not understood, and that is said', async () => {
  const stripped = join(folder, 'stripped');
  writeFileSync(stripped, elfOf({}));
  const { of, ...said } = await shapesOf(stripped, WANTED, { cache: join(folder, 'cache') });
  expect(UNDEFINED.map(key => of.get(key))).toEqual(UNDEFINED.map(() => undefined));
  expect(of.size).toBe(FOUND.length);
  expect(said).toMatchInlineSnapshot(`
    {
      "notUnderstood": "the kernel has no debug information, so its structures cannot be read",
      "remedy": "build it with -ggdb, as xv6’s own Makefile does, and do not strip it",
    }
  `);
});
