// A kernel running in QEMU: its memory read and written from outside, its console, its processor time.
import { readSync, writeSync } from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RigError } from '../../spec/target.ts';
import { type BootFacts, bootFacts } from './boot.ts';
import { type ConsoleFile, shownConsole } from './console.ts';
import { readElf } from './elf.ts';
import { kernelFile } from './files.ts';
import type { KernelLayout } from './layouts/layout.ts';
import type { GuestMemory } from './memory.ts';
import { launch, type Launched } from './qemu.ts';

/** Physical address of the first byte of RAM of QEMU's `virt` machine. */
export const RAM = 0x8000_0000;
/** Bytes a kernel may print while it is waited for. */
export const FLOOD = 64 << 20;
const PROMPT = /\$ $/;
const BOOT = 30_000;
const POLL = 2;
/** Milliseconds in which a kernel that printed `panic` may yet prove that it lives. */
const PANIC_GRACE = 300;

export interface MachineOptions {
  /** The kernel's ELF file, or what it holds. */
  readonly kernel: string | Uint8Array;
  /** The fs.img, or what it holds; never written to. Absent: a machine without a disk. */
  readonly disk?: string | Uint8Array;
  /** For a kernel without a disk: bytes in memory at physical address `at` before it starts. */
  readonly archive?: { readonly at: number; readonly bytes: Uint8Array };
  readonly smp: number;
  /** MiB of RAM; 128, as xv6's PHYSTOP has it. */
  readonly memory?: number;
  /** How to start it, where known; else read from the kernel. */
  readonly facts?: BootFacts;
  /** Absent: qemu-system-riscv64. */
  readonly qemu?: string;
  /** With a connection to QEMU's gdb stub. */
  readonly gdb?: boolean;
}

/** One QEMU. All addresses are physical. */
export class Machine {
  /** Bytes of RAM. */
  readonly memory: number;
  readonly facts: BootFacts;
  readonly pid: number;
  readonly #qemu: Launched;
  readonly #console: ConsoleFile;
  readonly #word = Buffer.alloc(8);
  #paused = false;
  #closed = false;

  private constructor(qemu: Launched, facts: BootFacts, memory: number) {
    this.#qemu = qemu;
    this.#console = qemu.console;
    this.pid = qemu.pid;
    this.facts = facts;
    this.memory = memory;
  }

  /** Starts QEMU; the kernel has not booted yet. Throws RigError: no QEMU, no such file, not a RISC-V kernel. */
  static async start(options: MachineOptions): Promise<Machine> {
    const kernel = bytesOf(options.kernel, 'kernel');
    const elf = readElf(kernel, typeof options.kernel === 'string' ? options.kernel : 'the kernel');
    const disk = options.disk === undefined ? undefined : bytesOf(options.disk, 'disk');
    const facts = options.facts ?? bootFacts(elf);
    const memory = options.memory ?? 128;
    const qemu = await launch({
      qemu: options.qemu ?? 'qemu-system-riscv64',
      kernel,
      disk,
      archive: options.archive,
      smp: options.smp,
      memory,
      facts,
      gdb: options.gdb ?? false,
    });
    return new Machine(qemu, facts, memory << 20);
  }

  /** The connection to the gdb stub, where one was asked for. */
  get gdb(): Duplex | undefined {
    return this.#qemu.gdb;
  }

  /** Waits for the shell's prompt. Returns milliseconds. Throws RigError with the console's tail and a likely cause. */
  async boot(ms = BOOT, flood = FLOOD): Promise<number> {
    const began = performance.now();
    let panicked: number | undefined;
    for (;;) {
      const now = performance.now();
      const tail = this.consoleTail();
      if (PROMPT.test(tail)) return now - began;
      if (this.exited !== undefined) throw this.#neverBooted(now - began, `QEMU ended: ${this.exited}`);
      if (this.printed > flood)
        throw this.#neverBooted(
          now - began,
          `it floods its console, and had printed ${(this.printed / 2 ** 20).toFixed(1)} MiB`,
        );
      if (/panic/i.test(tail)) panicked ??= now;
      if (panicked !== undefined && now - panicked > PANIC_GRACE)
        throw this.#neverBooted(now - began, 'the kernel panicked');
      if (now - began > ms)
        throw this.#neverBooted(now - began, this.printed === 0 ? 'it printed nothing' : 'no prompt came');
      this.nudge();
      await sleep(POLL);
    }
  }

  #neverBooted(ms: number, why: string): RigError {
    const { pmp, modernVirtio } = this.facts;
    const shown = shownConsole(this.consoleTail(2000), 6).trim().replace(/\n +/g, ' | ');
    return new RigError(
      'xv6-no-boot',
      `the kernel did not reach a shell in ${(ms / 1000).toFixed(1)} s: ${why}. It was started for a kernel that ${pmp.evidence} and ${modernVirtio.evidence}; ${shown === '' ? 'its console is empty' : `its console ends with "${shown.slice(-600)}"`}`,
      'see that it boots by itself (make qemu), with the fs.img of the same build: --kernel kernel/kernel --disk fs.img',
    );
  }

  /** Whether all of `length` bytes at `pa` are RAM. */
  holds(pa: number, length: number): boolean {
    return pa >= RAM && length >= 0 && pa + length <= RAM + this.memory;
  }

  /** Throws RangeError outside RAM. */
  read(pa: number, length: number, into: Uint8Array = Buffer.allocUnsafe(length)): Uint8Array {
    this.#inside(pa, length);
    for (let done = 0; done < length; ) {
      const got = readSync(this.#qemu.ram, into, done, length - done, pa - RAM + done);
      if (got === 0) throw new RangeError(`guest memory ends before 0x${(pa + length).toString(16)}`);
      done += got;
    }
    return into;
  }

  write(pa: number, bytes: Uint8Array): void {
    this.#inside(pa, bytes.length);
    for (let done = 0; done < bytes.length; )
      done += writeSync(this.#qemu.ram, bytes, done, bytes.length - done, pa - RAM + done);
  }

  u32(pa: number): number {
    this.read(pa, 4, this.#word);
    return this.#word.readUInt32LE();
  }

  u64(pa: number): bigint {
    this.read(pa, 8, this.#word);
    return this.#word.readBigUInt64LE();
  }

  /** The 64-bit word as a number: exact below 2^53, as addresses that mean anything are. */
  address(pa: number): number {
    this.read(pa, 8, this.#word);
    return this.#word.readUInt32LE(4) * 2 ** 32 + this.#word.readUInt32LE(0);
  }

  writeU32(pa: number, value: number): void {
    this.#word.writeUInt32LE(value >>> 0);
    this.write(pa, this.#word.subarray(0, 4));
  }

  writeU64(pa: number, value: bigint): void {
    this.#word.writeBigUInt64LE(value);
    this.write(pa, this.#word);
  }

  #inside(pa: number, length: number): void {
    if (!this.holds(pa, length))
      throw new RangeError(`${length} bytes at 0x${pa.toString(16)} are not in guest memory`);
  }

  /** Bytes printed since the start. */
  get printed(): number {
    return this.#console.printed;
  }

  /** What was printed from byte `from` of all that was printed; the oldest of a long console is gone. Untrusted: escape it. */
  consoleText(from = 0): string {
    return this.#console.text(from);
  }

  /** The last of what was printed. */
  consoleTail(bytes = 512): string {
    return this.#console.text(Math.max(0, this.printed - bytes));
  }

  type(text: string): void {
    this.#qemu.type(text);
  }

  /**
   * Wakes a hart that waits for an interrupt with work to do: some schedulers (2019, 2020, 2024) look at all processes and
   * then wait, though an interrupt in between has made one runnable; they would sleep on until the clock ticks, 0.1 s. A zero
   * byte on the console interrupts, and every xv6 console drops it. Cheap enough for every poll.
   */
  nudge(): void {
    if (!this.#paused) this.#qemu.type('\0');
  }

  /** Nudges, and resolves to what was printed from byte `from` once that matches; undefined after `ms` milliseconds, or when QEMU ended. */
  async waitFor(pattern: RegExp, ms: number, from = 0): Promise<string | undefined> {
    for (const began = performance.now(); ; await sleep(POLL)) {
      const text = this.consoleText(from);
      if (pattern.test(text)) return text;
      this.nudge();
      if (performance.now() - began > ms || this.exited !== undefined || this.printed - from > FLOOD)
        return undefined;
    }
  }

  get paused(): boolean {
    return this.#paused;
  }

  /** Stops the whole machine within a moment; it uses no processor time until `resume`. */
  pause(): void {
    if (this.#paused || this.#closed) return;
    this.#paused = true;
    this.#qemu.signal('SIGSTOP');
  }

  resume(): void {
    if (!this.#paused || this.#closed) return;
    this.#paused = false;
    this.#qemu.signal('SIGCONT');
  }

  /** Processor seconds used by QEMU, in steps of 10 ms. */
  cpuSeconds(): number {
    return this.#qemu.cpuSeconds();
  }

  /** How QEMU ended, in words, with what it said; undefined while it runs. True at once, without the event loop. */
  get exited(): string | undefined {
    return this.#qemu.ended();
  }

  /** Ends QEMU, paused or not. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#qemu.close();
  }
}

function bytesOf(given: string | Uint8Array, what: 'kernel' | 'disk'): Uint8Array {
  return typeof given === 'string' ? kernelFile(given, what) : given;
}

/** The RAM of `machine` that a kernel of this layout uses. */
export function ramOf(machine: Machine, { ram }: KernelLayout): GuestMemory {
  return {
    base: ram.base,
    size: Math.min(ram.size, machine.memory),
    read: (pa, length, into) => machine.read(pa, length, into),
  };
}
