// A machine from the first instruction to its end, with kernels of a dozen instructions.
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { RigError } from '../../../spec/target.ts';
import { Machine, type MachineOptions, RAM } from '../../../targets/xv6/machine.ts';
import { elfOf, printing } from './made.ts';

const missing =
  process.platform !== 'linux'
    ? 'this is not Linux'
    : spawnSync('qemu-system-riscv64', ['--version']).status !== 0
      ? 'there is no QEMU for RISC-V; to run them: apt-get install qemu-system-misc'
      : undefined;
if (missing !== undefined) console.warn(`the tests of machines are skipped: ${missing}`);

const started: Machine[] = [];
afterEach(async () => {
  for (const machine of started.splice(0)) await machine.close();
});

async function machineOf(kernel: Uint8Array, more: Partial<MachineOptions> = {}): Promise<Machine> {
  const machine = await Machine.start({ kernel, smp: 1, ...more });
  started.push(machine);
  return machine;
}

async function refusal(act: () => Promise<unknown>): Promise<string> {
  const said = await act().then(
    () => 'accepted',
    (cause: unknown) => {
      if (!(cause instanceof RigError)) throw cause;
      return `${cause.code}: ${cause.message}; ${cause.remedy}`;
    },
  );
  return said.replace(/\d+\.\d s/, 'N s').replace(/\d+\.\d MiB/, 'N MiB');
}

const alive = (pid: number): boolean => {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
};

describe.skipIf(missing !== undefined)('a machine', () => {
  test('boots to a prompt that follows text, and answers what is typed', async () => {
    const machine = await machineOf(printing('xv6 kernel is booting\nhart 1 st$ ', 'echo'));
    await machine.boot(20_000);
    const before = machine.printed;
    expect(machine.consoleText()).toBe('xv6 kernel is booting\nhart 1 st$ ');
    machine.type('ls\n$ ');
    expect(await machine.waitFor(/\$ $/, 20_000, before)).toBe('ls\n$ ');
    expect(await machine.waitFor(/never/, 20, before)).toBeUndefined();
    expect(machine.consoleText(machine.printed - 2)).toBe('$ ');
    expect(machine.exited).toBeUndefined();
  });

  test('has its memory read and written from outside', async () => {
    const kernel = printing('$ ', 'stop');
    const machine = await machineOf(kernel);
    await machine.boot(20_000);
    expect(machine.memory).toBe(128 << 20);
    expect(Buffer.from(machine.read(RAM, 16)).equals(kernel.subarray(120, 136))).toBe(true);
    machine.write(RAM + 0x100_000, Buffer.from('cowcheck'));
    expect(Buffer.from(machine.read(RAM + 0x100_000, 8)).toString()).toBe('cowcheck');
    machine.writeU64(RAM + 0x200_000, 0x123_4567_89ab_cdefn);
    expect(machine.u64(RAM + 0x200_000)).toBe(0x123_4567_89ab_cdefn);
    expect(machine.u32(RAM + 0x200_004)).toBe(0x123_4567);
    machine.writeU32(RAM + 0x200_004, 0x3f);
    expect(machine.address(RAM + 0x200_000)).toBe(0x3f_89ab_cdef);
    const into = Buffer.alloc(4);
    expect(machine.read(RAM + 0x100_000, 4, into)).toBe(into);
    expect(into.toString()).toBe('cowc');
    expect(machine.u64(RAM + machine.memory - 8)).toBe(0n);
    for (const pa of [0, RAM - 8, RAM + machine.memory - 4, NaN, -1, 2 ** 60])
      expect(() => machine.u64(pa)).toThrow(RangeError);
    expect(machine.holds(RAM, machine.memory)).toBe(true);
    expect(machine.holds(RAM, machine.memory + 1)).toBe(false);
  });

  test('uses no processor time while it is paused', async () => {
    const machine = await machineOf(printing('$ ', 'stop'));
    await machine.boot(20_000);
    machine.pause();
    await sleep(50);
    const paused = machine.cpuSeconds();
    await sleep(300);
    expect(machine.cpuSeconds() - paused).toBeLessThanOrEqual(0.02);
    machine.resume();
    const until = performance.now() + 20_000;
    while (machine.cpuSeconds() < paused + 0.1 && performance.now() < until) await sleep(20);
    expect(machine.cpuSeconds()).toBeGreaterThanOrEqual(paused + 0.1);
    expect(machine.paused).toBe(false);
  });

  test('is gone after close, paused or not, and says when it was ended by another', async () => {
    const one = await machineOf(printing('$ ', 'stop'));
    await one.boot(20_000);
    one.pause();
    await one.close();
    await one.close();
    expect(alive(one.pid)).toBe(false);
    expect([one.exited, one.consoleText()]).toEqual(['closed', '$ ']);
    expect(() => one.u64(RAM)).toThrow('this machine was closed');
    one.type('x');
    one.resume();
    const other = await machineOf(printing('', 'stop'));
    process.kill(other.pid, 'SIGKILL');
    const until = performance.now() + 20_000;
    while (other.exited === undefined && performance.now() < until); // no turn of the event loop
    expect(other.exited).toBeDefined();
    expect(await refusal(() => other.boot())).toMatch(/^xv6-no-boot: .*QEMU ended/);
  });

  test('does not outlive a process that is killed', async () => {
    const program = `
      import { Machine } from ${JSON.stringify(join(import.meta.dirname, '../../../dist/targets/xv6/machine.js'))};
      const machine = await Machine.start({ kernel: Buffer.from(process.argv[1], 'base64'), smp: 1 });
      console.log(machine.pid);
      setInterval(() => {}, 1000);`;
    const kernel = printing('$ ', 'again').toString('base64');
    const owner = spawn(process.execPath, ['--input-type=module', '-e', program, kernel], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const pid = await new Promise<number>(resolve => {
      owner.stdout.once('data', (bytes: Buffer) => resolve(Number(bytes.toString())));
    });
    expect(alive(pid)).toBe(true);
    owner.kill('SIGKILL');
    const until = performance.now() + 10_000;
    while (alive(pid) && performance.now() < until) await sleep(10);
    expect(alive(pid)).toBe(false);
  });
});

describe.skipIf(missing !== undefined)('a kernel that never boots', () => {
  test('says nothing', async () => {
    const machine = await machineOf(printing('', 'stop'));
    expect(await refusal(() => machine.boot(300))).toMatchInlineSnapshot(
      `"xv6-no-boot: the kernel did not reach a shell in N s: it printed nothing. It was started for a kernel that writes pmpaddr0 at 0x80000008 and shows no virtio disk driver (taken for version 2); its console is empty; see that it boots by itself (make qemu), with the fs.img of the same build: --kernel kernel/kernel --disk fs.img"`,
    );
  });

  test('panics, and is not waited for', async () => {
    const machine = await machineOf(printing('xv6 kernel is booting\n\npanic: virtio disk\n', 'stop'));
    const began = performance.now();
    expect(await refusal(() => machine.boot(25_000))).toMatchInlineSnapshot(
      `"xv6-no-boot: the kernel did not reach a shell in N s: the kernel panicked. It was started for a kernel that writes pmpaddr0 at 0x80000008 and shows no virtio disk driver (taken for version 2); its console ends with "xv6 kernel is booting | panic: virtio disk"; see that it boots by itself (make qemu), with the fs.img of the same build: --kernel kernel/kernel --disk fs.img"`,
    );
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  test('writes to the terminal and to the page: escaped', async () => {
    const machine = await machineOf(
      printing('\u001b[2J\u001b]0;x\u0007<script>alert(1)</script>\r\n\xff\\', 'stop'),
    );
    expect(await refusal(() => machine.boot(1000))).toMatchInlineSnapshot(
      `"xv6-no-boot: the kernel did not reach a shell in N s: no prompt came. It was started for a kernel that writes pmpaddr0 at 0x80000008 and shows no virtio disk driver (taken for version 2); its console ends with "\\x1b[2J\\x1b]0;x\\x07<script>alert(1)</script> | \\xff\\\\"; see that it boots by itself (make qemu), with the fs.img of the same build: --kernel kernel/kernel --disk fs.img"`,
    );
  });

  test('prints without end', async () => {
    const machine = await machineOf(printing(`${'0123456789'.repeat(7)}\n`, 'again'));
    expect(await refusal(() => machine.boot(25_000, 50_000))).toMatch(
      /^xv6-no-boot: .* in N s: it floods its console, and had printed N MiB\. .*ends with "[0-9 |]{300,600}"/,
    );
    const early = machine.consoleText(0);
    expect(early.startsWith('0123456789')).toBe(true);
  });
});

describe.skipIf(process.platform !== 'linux')('no machine', () => {
  const start = (options: Partial<MachineOptions>) => () =>
    Machine.start({ kernel: elfOf({}), smp: 1, ...options });

  test('without QEMU', async () => {
    expect(await refusal(start({ qemu: 'qemu-system-none' }))).toMatchInlineSnapshot(
      `"xv6-no-qemu: xv6 kernels run in QEMU, and "qemu-system-none" is not on this machine; apt-get install qemu-system-misc"`,
    );
  });

  test('from files that are not there, or are something else', async () => {
    expect(await refusal(start({ kernel: '/nowhere/kernel' }))).toMatchInlineSnapshot(
      `"xv6-kernel: cannot read the kernel /nowhere/kernel: there is no such file; make kernel/kernel fs.img, then: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img"`,
    );
    expect(await refusal(start({ disk: '/nowhere/\u001bfs.img' }))).toMatchInlineSnapshot(
      `"xv6-disk: cannot read the disk image /nowhere/\\x1bfs.img: there is no such file; make kernel/kernel fs.img, then: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img"`,
    );
    expect(await refusal(start({ kernel: '/' }))).toMatchInlineSnapshot(
      `"xv6-kernel: cannot read the kernel /: EISDIR; make kernel/kernel fs.img, then: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img"`,
    );
    expect(await refusal(start({ kernel: elfOf({ machine: 62 }) }))).toMatch(/^elf-machine: /);
  });

  test('when QEMU is another program', async () => {
    expect(await refusal(start({ qemu: 'false' }))).toMatch(
      /^xv6-qemu: QEMU did not start: (just now|with exit code 1); needed is QEMU 7 or newer with the virt machine: apt-get install qemu-system-misc$/,
    );
  });
});
