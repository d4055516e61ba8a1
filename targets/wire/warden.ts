// Watches what a program and everything it started use of this machine, and says when it is too much.
import { readdirSync, readFileSync } from 'node:fs';

/** What a program may use. */
export interface ProgramLimits {
  /** Bytes of memory of its own, over all its processes. */
  readonly memory: number;
  /** Processes at the same time. */
  readonly processes: number;
}

const EVERY = 100;
const PAGE = 4096;
const MEBIBYTE = 1 << 20;

/** A process as /proc shows it. */
export interface Seen {
  readonly pid: number;
  readonly parent: number;
  readonly group: number;
}

/** The processes of this machine; empty where there is no /proc. */
function everybody(): readonly Seen[] {
  try {
    return readdirSync('/proc').flatMap(name => {
      const pid = Number(name);
      if (!Number.isInteger(pid)) return [];
      const stat = read(`/proc/${name}/stat`);
      // The name in brackets may hold anything, a bracket too.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return fields.length < 4 ? [] : [{ pid, parent: Number(fields[1]), group: Number(fields[2]) }];
    });
  } catch {
    return [];
  }
}

function read(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return ''; // it has just ended
  }
}

/** `leader`, its process group, and all that descend from them. */
export function familyOf(leader: number, all: readonly Seen[] = everybody()): readonly number[] {
  const found = new Set(all.filter(({ pid, group }) => pid === leader || group === leader).map(p => p.pid));
  for (let grown = true; grown; ) {
    grown = false;
    for (const { pid, parent } of all)
      if (found.has(parent) && !found.has(pid)) {
        found.add(pid);
        grown = true;
      }
  }
  return [...found];
}

/** Bytes of resident memory that `pid` shares with no file. Pages that two processes share count for both. */
function memoryOf(pid: number): number {
  const [, resident = 0, shared = 0] = read(`/proc/${pid}/statm`).split(' ').map(Number);
  return (resident - shared) * PAGE;
}

const watching = new Set<Warden>();
let timer: NodeJS.Timeout | undefined;

/** One look at the machine serves all programs. */
function look(): void {
  const all = everybody();
  for (const warden of watching) warden.judge(all);
}

/** Looks ten times a second; calls `onExcess` once, with a sentence. */
export class Warden {
  readonly #leader: number;
  readonly #limits: ProgramLimits;
  readonly #onExcess: (message: string) => void;

  constructor(leader: number, limits: ProgramLimits, onExcess: (message: string) => void) {
    this.#leader = leader;
    this.#limits = limits;
    this.#onExcess = onExcess;
    watching.add(this);
    timer ??= setInterval(look, EVERY).unref();
  }

  stop(): void {
    watching.delete(this);
    if (watching.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  }

  judge(all: readonly Seen[]): void {
    const message = excess(familyOf(this.#leader, all), this.#limits);
    if (message === undefined) return;
    this.stop();
    this.#onExcess(message);
  }
}

function excess(family: readonly number[], limits: ProgramLimits): string | undefined {
  if (family.length > limits.processes)
    return `had ${family.length} processes; at most ${limits.processes} are allowed (--max-processes)`;
  const bytes = family.reduce((sum, pid) => sum + memoryOf(pid), 0);
  if (bytes > limits.memory)
    return `used ${Math.ceil(bytes / MEBIBYTE)} MiB of memory; at most ${Math.floor(limits.memory / MEBIBYTE)} MiB are allowed (--memory)`;
  return undefined;
}
