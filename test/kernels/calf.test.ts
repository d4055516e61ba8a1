// calf builds, right and with every defect; every switch has a card; and it boots to its prompt.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { RULES } from '../../spec/rule.ts';
import { ARCHIVE_AT, archiveOf } from '../../targets/calf/archive.ts';
import { DEFECTS } from '../../targets/calf/defects.ts';
import { calfKernel, FLAGS, switchOf } from '../../targets/calf/kernel.ts';
import { calf } from '../../targets/xv6/layouts/calf.ts';
import { wantedOf } from '../../targets/xv6/layouts/layout.ts';
import { shapesOf } from '../../targets/xv6/shapes.ts';
import { op } from '../history.ts';

const SOURCE = join(import.meta.dirname, '../../kernels/calf');
const files = readdirSync(SOURCE);
const text = (file: string): string => readFileSync(join(SOURCE, file), 'utf8');
const has = (program: string): boolean => spawnSync(program, ['--version']).error === undefined;
const compiler = has('riscv64-linux-gnu-gcc');
const missing =
  compiler && has('qemu-system-riscv64')
    ? undefined
    : 'there is no RISC-V compiler or QEMU; to run them: apt-get install gcc-riscv64-linux-gnu qemu-system-misc';
if (missing !== undefined) console.warn(`calf is not tested: ${missing}`);

const scratch = mkdtempSync(join(tmpdir(), 'cowcheck-calf-'));
afterAll(() => rmSync(scratch, { recursive: true }));

/** What the console says until `until` is in it, having typed `typed`; and the milliseconds it took. */
async function booted(
  kernel: string,
  smp: number,
  until: string,
  typed = '',
  archive?: string,
): Promise<readonly [said: string, took: number]> {
  const began = performance.now();
  const loader =
    archive === undefined
      ? []
      : ['-device', `loader,file=${archive},addr=0x${ARCHIVE_AT.toString(16)},force-raw=on`];
  const qemu = spawn(
    'qemu-system-riscv64',
    [
      ...`-machine virt -bios none -m 128M -display none -monitor none -serial stdio -smp ${smp} -kernel`.split(
        ' ',
      ),
      kernel,
      ...loader,
    ],
    { stdio: ['pipe', 'pipe', 'ignore'], timeout: 20_000, killSignal: 'SIGKILL' },
  );
  let said = '';
  try {
    for await (const chunk of qemu.stdout) {
      const asked = said.endsWith('$ ');
      said += String(chunk);
      if (!asked && said.endsWith('$ ') && !said.includes(typed)) qemu.stdin.write(`${typed}\n`);
      if (said.includes(until)) break;
    }
  } finally {
    qemu.kill('SIGKILL');
  }
  return [said, performance.now() - began];
}

describe('the sources of calf', () => {
  test('are short files', () => {
    for (const file of files) expect([file, text(file).split('\n').length < 300]).toEqual([file, true]);
  });

  test('have a card for every switch, and a switch for every card', () => {
    const code = files.filter(file => /\.[chS]$/.test(file) && file !== 'defects.h').map(text);
    const used = new Set(code.flatMap(one => [...one.matchAll(/\bBUG\((\w+)\)/g)].map(([, name]) => name)));
    const declared = [...text('defects.h').matchAll(/^ {2}DEFECT_(\w+),$/gm)].map(([, name]) => name);
    const cards = DEFECTS.map(({ name }) => switchOf(name));
    expect(used).toEqual(new Set(cards));
    expect(declared).toHaveLength(cards.length + 1);
    expect(new Set(declared)).toEqual(new Set(['none', ...cards]));
  });

  test('have a defect of every class that such a kernel can have', () => {
    const classes = new Set(DEFECTS.map(defect => defect.class));
    for (const name of 'R1 R2 R3 R4 A1 V1 V2 V3 V4 E1 E2 E3 E4 P1 P2 P3 P4 P5 C1 C2 C3 C4 I1 O1 B1 L1'.split(
      ' ',
    ))
      expect(classes).toContain(name);
  });

  test.each(DEFECTS.map(card => [card.name, card] as const))('%s has a whole card', (name, card) => {
    expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
    expect(card.defect).toMatch(/^[a-z].*\.$/);
    expect(RULES.map(({ id }) => id)).toContain(card.rule);
    expect(card.ops.length > 0).toBe(card.unseen === undefined);
    expect(card.ops.some(line => line.startsWith('failalloc'))).toBe(card.outOfMemory === true);
    for (const line of card.ops) expect(op(line).op).toBe(line.split(' ')[0]);
  });
});

test('an unknown defect and an absent compiler are told with what to do', async () => {
  await expect(calfKernel('no-such', scratch)).rejects.toMatchObject({ code: 'calf-defect' });
  process.env['RISCV_CC'] = '/no/gcc';
  await expect(calfKernel(undefined, scratch)).rejects.toMatchObject({
    code: 'calf-no-compiler',
    message:
      'the kernel calf is built from C at first use, and there is no C compiler for RISC-V: "/no/gcc" was not found',
    remedy: 'apt-get install gcc-riscv64-linux-gnu',
  });
  delete process.env['RISCV_CC'];
  expect(readdirSync(scratch)).toEqual([]);
});

test('an archive says what it cannot hold', () => {
  const bytes = new Uint8Array(1);
  expect(() => archiveOf([{ name: 'x'.repeat(24), bytes }])).toThrow(RangeError);
  expect(() => archiveOf(Array.from({ length: 17 }, () => ({ name: 'x', bytes })))).toThrow(RangeError);
});

describe.skipIf(missing !== undefined)('calf', { timeout: 120_000 }, () => {
  test.skipIf(!has('gdb-multiarch'))('has in its debug information what its layout names', async () => {
    const { path } = await calfKernel(undefined, scratch);
    const { of } = await shapesOf(path, wantedOf(calf), { cache: scratch });
    expect([...of].filter(([, value]) => value === undefined)).toEqual([]);
  });

  test('compiles with every defect, and each makes other code of the files that it is in', () => {
    const headed = text('calf.h');
    const codes = new Set<string>();
    for (const { name } of DEFECTS) {
      const bug = `BUG(${switchOf(name)})`;
      const sources = files.filter(
        file => file.endsWith('.c') && (headed.includes(bug) || text(file).includes(bug)),
      );
      const [wrong, right] = [switchOf(name), 'none'].map(defect =>
        sources.map(file => object(file, defect)).join(),
      );
      expect({ name, differs: sources.length > 0 && wrong !== right }).toEqual({ name, differs: true });
      codes.add(wrong ?? '');
    }
    expect(codes.size).toBe(DEFECTS.length);
  });

  test.each([1, 3])('boots to its prompt on %d harts within a second', async smp => {
    const { path } = await calfKernel(undefined, scratch);
    const took = [];
    for (let i = 0; i < 3; i++) {
      const [said, ms] = await booted(path, smp, '$ ');
      expect(said).toContain('calf: a small kernel with copy-on-write');
      took.push(ms);
    }
    expect(Math.min(...took)).toBeLessThan(1000);
  });

  test('runs a program of its archive, and says so where there is none', async () => {
    const { path } = await calfKernel(undefined, scratch);
    const program = join(scratch, 'hello');
    const source = join(scratch, 'hello.S');
    writeFileSync(source, HELLO);
    const flags = '-march=rv64gc -mabi=lp64d -nostdlib -static -Wl,--build-id=none -Wl,-z,max-page-size=4096';
    spawnSync(
      'riscv64-linux-gnu-gcc',
      [...flags.split(' '), '-T', join(SOURCE, 'user.ld'), '-o', program, source],
      { stdio: 'inherit' },
    );
    const archive = join(scratch, 'archive');
    writeFileSync(archive, archiveOf([{ name: 'hello', bytes: readFileSync(program) }]));
    expect(statSync(archive).size % 4096).toBe(0);
    const [ran] = await booted(path, 1, 'written by hello', 'hello', archive);
    expect(ran).toContain('written by hello');
    const [none] = await booted(path, 1, 'no program hello', 'hello');
    expect(none).toContain('there is no program hello');
  });
});

const objects = new Map<string, string>();

/** The hash of what the compiler makes of a source of calf with one defect. */
function object(file: string, defect: string): string {
  const path = join(scratch, `${file}-${defect}.o`);
  let made = objects.get(path);
  if (made === undefined) {
    const { status, stderr } = spawnSync(
      'riscv64-linux-gnu-gcc',
      [...FLAGS, '-g0', `-DDEFECT=DEFECT_${defect}`, '-c', '-o', path, join(SOURCE, file)],
      { encoding: 'utf8' },
    );
    expect({ file, defect, status, stderr }).toEqual({ file, defect, status: 0, stderr: '' });
    made = createHash('sha256').update(readFileSync(path)).digest('hex');
    objects.set(path, made);
  }
  return made;
}

const HELLO = `
.globl start
start: li a0, 1
  la a1, text
  li a2, 17
  li a7, 16
  ecall
  li a0, 0
  li a7, 2
  ecall
.section .rodata
text: .ascii "written by hello\\n"
.data
  .word 1
`;
