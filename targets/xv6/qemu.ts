// Starts QEMU so that it cannot outlive us, and opens its guest memory.
import { type ChildProcess, spawn } from 'node:child_process';
import {
  closeSync,
  fstatSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  writeSync,
} from 'node:fs';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { RigError } from '../../spec/target.ts';
import { escaped } from '../wire/refusal.ts';
import type { BootFacts } from './boot.ts';
import { ConsoleFile } from './console.ts';
import { guarded } from './guard.ts';
import { unnamed, unnamedPipe, unnamedWith } from './unnamed.ts';

export const INSTALL_QEMU = 'apt-get install qemu-system-misc';
/** Milliseconds QEMU may take to create its guest memory. */
const START = 10_000;
const TICK = 100;
/** What setpriv exits with when there is no such program. */
const NO_PROGRAM = 127;
const DISK_FD = 3;
const KERNEL_FD = 4;
const GDB_FD = 5;

export interface Launch {
  readonly qemu: string;
  readonly kernel: Uint8Array;
  readonly disk: Uint8Array | undefined;
  /** Bytes that are in guest memory from physical address `at` before the kernel starts. */
  readonly archive?: { readonly at: number; readonly bytes: Uint8Array } | undefined;
  readonly smp: number;
  /** MiB. */
  readonly memory: number;
  readonly facts: BootFacts;
  /** With a connection to its gdb stub. */
  readonly gdb?: boolean;
}

/** QEMU's arguments; the kernel and the disk are open files that it inherits. */
export function argumentsOf({
  disk,
  archive,
  smp,
  memory,
  facts,
  gdb = false,
}: Omit<Launch, 'qemu' | 'kernel'>): readonly string[] {
  const drive = [
    ['-drive', `file=/proc/self/fd/${DISK_FD},if=none,format=raw,id=x0`],
    ['-device', 'virtio-blk-device,drive=x0,bus=virtio-mmio-bus.0'],
  ];
  return [
    ['-object', `memory-backend-memfd,id=ram,size=${memory}M,share=on`],
    ['-machine', 'virt,memory-backend=ram', '-bios', 'none', '-m', `${memory}M`, '-smp', String(smp)],
    ['-kernel', `/proc/self/fd/${KERNEL_FD}`],
    facts.modernVirtio.value === false ? [] : ['-global', 'virtio-mmio.force-legacy=false'],
    facts.pmp.value === false ? ['-cpu', 'rv64,pmp=off'] : [],
    ...(disk === undefined ? [] : drive),
    archive === undefined
      ? []
      : ['-device', `loader,file=/proc/self/fd/${DISK_FD},addr=0x${archive.at.toString(16)},force-raw=on`],
    gdb ? ['-chardev', `socket,id=gdb,fd=${GDB_FD}`, '-gdb', 'chardev:gdb'] : [],
    ['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-nodefaults', '-no-reboot'],
  ].flat();
}

/** Throws RigError: there is no QEMU, or it did not start. */
export async function launch(options: Launch): Promise<Launched> {
  const { file, args } = guarded(options.qemu, argumentsOf(options));
  const console = new ConsoleFile();
  const errors = unnamed('qemu', 'a+');
  const disk = unnamedWith('disk', options.archive?.bytes ?? options.disk ?? new Uint8Array());
  const kernel = unnamedWith('kernel', options.kernel);
  try {
    const input = unnamedPipe('typed');
    const child = spawn(file, args, {
      // What node calls a pipe is a pair of sockets: a connection without a name that ends with either side.
      stdio: [input, console.fd, errors, disk, kernel, ...(options.gdb === true ? (['pipe'] as const) : [])],
    });
    const launched = new Launched(child, console, errors, input);
    await launched.open(options.qemu);
    return launched;
  } finally {
    closeSync(disk);
    closeSync(kernel);
  }
}

/** A QEMU that was started. */
export class Launched {
  readonly console: ConsoleFile;
  readonly #child: ChildProcess;
  readonly #errors: number;
  /** What the guest's serial line reads. */
  readonly #input: number;
  readonly #gone: Promise<void>;
  #ram: number | undefined;
  /** Its /proc/PID/statm: cheap to read, and zero as soon as the process has ended. */
  #statm: number | undefined;
  readonly #few = Buffer.alloc(32);
  #failed: Error | undefined;
  #closed = false;
  #trim: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, console: ConsoleFile, errors: number, input: number) {
    this.#child = child;
    this.console = console;
    this.#errors = errors;
    this.#input = input;
    this.#gone = new Promise(resolve => {
      child.once('exit', () => resolve());
      child.once('error', cause => {
        this.#failed = cause;
        resolve();
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The connection to the gdb stub, if there is one. */
  get gdb(): Duplex | undefined {
    const all: readonly unknown[] = this.#child.stdio;
    return (all[GDB_FD] as Duplex | null | undefined) ?? undefined;
  }

  /** The guest's memory, from its first byte. */
  get ram(): number {
    if (this.#ram === undefined) throw new Error('this machine was closed');
    return this.#ram;
  }

  /** Waits until the guest memory exists, and opens it. */
  async open(qemu: string): Promise<void> {
    for (const began = performance.now(); this.#ram === undefined; await sleep(2)) {
      this.#ram = this.#openRam();
      if (this.#ram !== undefined) break;
      const ended = this.ended();
      const late = performance.now() - began > START;
      if (ended === undefined && !late) continue;
      await this.close();
      const missing =
        (this.#failed as { code?: string } | undefined)?.code === 'ENOENT' ||
        this.#child.exitCode === NO_PROGRAM;
      throw missing
        ? new RigError(
            'xv6-no-qemu',
            `xv6 kernels run in QEMU, and "${escaped(qemu)}" is not on this machine`,
            INSTALL_QEMU,
          )
        : new RigError(
            'xv6-qemu',
            late ? `QEMU had no guest memory after ${START / 1000} s` : `QEMU did not start: ${ended}`,
            `needed is QEMU 7 or newer with the virt machine: ${INSTALL_QEMU}`,
          );
    }
    this.#statm = openSync(`/proc/${this.pid}/statm`, 'r');
    this.#trim = setInterval(() => this.console.trim(), 100).unref();
  }

  #openRam(): number | undefined {
    const directory = `/proc/${this.pid}/fd`;
    try {
      for (const name of readdirSync(directory))
        if (readlinkSync(`${directory}/${name}`).startsWith('/memfd:memory-backend')) {
          const fd = openSync(`${directory}/${name}`, 'r+');
          if (fstatSync(fd).size > 0) return fd;
          closeSync(fd);
        }
    } catch {
      // not yet, or no longer
    }
    return undefined;
  }

  type(text: string): void {
    if (this.#closed) return;
    try {
      writeSync(this.#input, text, null, 'latin1');
    } catch (cause) {
      // The line is full: nobody has read it for long.
      if ((cause as { code?: string }).code !== 'EAGAIN') throw cause;
    }
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Fields of /proc/PID/stat from the state on; empty when the process is gone. */
  #stat(): readonly string[] {
    try {
      const stat = readFileSync(`/proc/${this.pid}/stat`, 'latin1');
      return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    } catch {
      return [];
    }
  }

  cpuSeconds(): number {
    const stat = this.#stat();
    return (Number(stat[11] ?? 0) + Number(stat[12] ?? 0)) / TICK;
  }

  #lives(): boolean {
    if (this.#statm === undefined) return !'ZX'.includes(this.#stat()[0] ?? 'X');
    try {
      return readSync(this.#statm, this.#few, 0, this.#few.length, 0) > 1 && this.#few[0] !== 0x30;
    } catch {
      return false; // it is gone altogether
    }
  }

  ended(): string | undefined {
    if (this.#closed) return 'closed';
    if (this.#failed !== undefined) return this.#failed.message;
    const { exitCode, signalCode } = this.#child;
    if (exitCode === null && signalCode === null && this.#lives()) return undefined;
    const how =
      signalCode !== null
        ? `by ${signalCode}`
        : exitCode === null
          ? 'just now'
          : `with exit code ${exitCode}`;
    const bytes = Buffer.alloc(2000);
    const said = bytes.toString('latin1', 0, readSync(this.#errors, bytes, 0, bytes.length, 0)).trim();
    return said === '' ? how : `${how}, saying "${escaped(said.replaceAll('\n', ' | '), 400)}"`;
  }

  /** Ends it, and lets go of its memory and console; the console's end can still be read. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#trim);
    this.#child.kill('SIGKILL');
    await this.#gone;
    this.console.close();
    for (const fd of [this.#errors, this.#input, this.#ram, this.#statm]) if (fd !== undefined) closeSync(fd);
    this.#ram = undefined;
  }
}
