// The program at the other end: its process group, its lines, its last words, and its end.
import { type ChildProcess, spawn } from 'node:child_process';
import { RULES } from '../../spec/rule.ts';
import { RigError } from '../../spec/target.ts';
import { removeFence } from './fence.ts';
import { escaped, saidOnError } from './refusal.ts';
import { familyOf, type ProgramLimits, Warden } from './warden.ts';

/** How to start a program. It gets a process group of its own. */
export interface Command {
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** The line a person would type for it; absent: file and arguments. */
  readonly shown?: string;
  /** What it and all it starts may use; absent: whatever the system allows. */
  readonly limits?: ProgramLimits;
  /** Last words that mean that its limits or its sandbox kept it from something. */
  readonly forbidden?: RegExp;
}

/** Longest line the protocol allows, and the most that is kept unread. */
const LONGEST_LINE = 1 << 20;
const STDERR_KEPT = 4096;
/** Most that a program may write on standard error. */
const STDERR_MOST = 1 << 24;
/** A batch may take so many times as long as one answer. */
const BATCH = 12;
const GRACE = 1000;
const LINE_FEED = 10;
/** The rule that a death breaks. */
const PROGRESS = 24;

/** Why no further line will come. */
export interface Stop {
  readonly why: 'exited' | 'hung' | 'protocol' | 'breach';
  readonly message: string;
}

/** Takes one line; throws BadLine if it cannot be right. Returns false once nothing more is asked. */
export type TakeLine = (bytes: Uint8Array, start: number, end: number) => boolean;

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // it is no more
  }
}

const living = new Set<Program>();
const killAll = (): void => {
  for (const program of living) program.kill();
};

/**
 * A running program. Lines are handed on as they arrive; a line nobody asked for, one without an end, silence beyond
 * the deadline, the use of more than it may and the end of the process all stop it. Once stopped it stays so.
 */
export class Program {
  readonly #child: ChildProcess;
  readonly #deadline: number;
  readonly #whole: number;
  readonly ended: Promise<void>;
  #stop: Stop | undefined;
  #take: TakeLine | undefined;
  #settle: ((stop: Stop | undefined) => void) | undefined;
  #fault: ((cause: unknown) => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #rest: Uint8Array = new Uint8Array(0);
  #stderr = Buffer.alloc(0);
  #stderrBytes = 0;
  /** When the last whole line came, and when the batch was sent. */
  #heard = 0;
  #asked = 0;
  readonly #warden: Warden | undefined;

  /** `deadline`: milliseconds for one answer; `whole`: for all of a batch. */
  constructor(command: Command, deadline: number, whole = deadline * BATCH) {
    this.#deadline = deadline;
    this.#whole = whole;
    const child = spawn(command.file, command.args ?? [], {
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...(command.env !== undefined && { env: command.env }),
      ...(command.cwd !== undefined && { cwd: command.cwd }),
    });
    this.#child = child;
    child.stdin?.on('error', () => {}); // a broken pipe is told by the exit that follows
    child.stdout?.on('data', (chunk: Buffer) => this.#hear(chunk));
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = Buffer.concat([this.#stderr, chunk]).subarray(-STDERR_KEPT);
      this.#stderrBytes += chunk.length;
      if (this.#stderrBytes > STDERR_MOST && this.#stop === undefined)
        this.#breach(
          `wrote more than ${STDERR_MOST >> 20} MiB on standard error, which is for a few words to people`,
        );
    });
    if (command.limits !== undefined && child.pid !== undefined)
      this.#warden = new Warden(child.pid, command.limits, message => this.#breach(message));
    if (living.size === 0) process.on('exit', killAll);
    living.add(this);
    this.ended = new Promise(resolve => {
      const end = (message: string): void => {
        living.delete(this);
        if (living.size === 0) process.off('exit', killAll);
        this.#warden?.stop();
        if (command.limits !== undefined && child.pid !== undefined) removeFence(child.pid);
        const half = this.#rest.length > 0 ? `, in the middle of a line: "${escaped(this.#rest)}"` : '';
        const kept = command.forbidden?.test(this.#stderr.toString('latin1')) === true;
        this.#stopped(
          kept
            ? {
                why: 'breach',
                message: `${message} after its limits or its sandbox had kept it from something${half}`,
              }
            : { why: 'exited', message: `${message}${half}` },
        );
        resolve();
      };
      child.on('error', cause => {
        if (child.pid === undefined) end(`could not be started: ${cause.message}`);
      });
      // Whatever of the group outlives its leader holds the pipes open and would delay `close` for ever.
      child.on('exit', () => this.kill());
      child.on('close', (code, signal) =>
        end(signal === null ? `exited with code ${code}` : `was ended by ${signal}`),
      );
    });
  }

  /** Why it stopped; undefined while it runs. */
  get stop(): Stop | undefined {
    return this.#stop;
  }

  /**
   * Sends `text` and hands every line that comes to `take`, until that returns false. Resolves with undefined, or with
   * why the program stopped before. Rejects with what `take` throws.
   */
  ask(text: string, take: TakeLine): Promise<Stop | undefined> {
    if (this.#stop !== undefined) return Promise.resolve(this.#stop);
    if (this.#rest.length > 0) {
      this.#unasked(this.#rest);
      return Promise.resolve(this.#stop);
    }
    return new Promise((resolve, reject) => {
      this.#take = take;
      this.#settle = resolve;
      this.#fault = reject;
      this.#heard = this.#asked = performance.now();
      this.#watch(this.#deadline);
      this.#child.stdin?.write(text, 'latin1');
    });
  }

  /** What it says, in the last line there, is no defect of what it drives: `rig: ` and code, message and remedy as JSON. */
  get rigError(): RigError | undefined {
    const said = /(?:^|\n)rig: (\{[^\n]*\})\n?$/.exec(this.#stderr.toString('utf8'))?.[1];
    try {
      const { code, message, remedy } = JSON.parse(said ?? '') as Record<string, unknown>;
      return new RigError(String(code), String(message), String(remedy));
    } catch {
      return undefined;
    }
  }

  /** Does it keep this process from ending? While it waits for work it should not. */
  holdsOpen(holds: boolean): void {
    for (const part of [this.#child, this.#child.stdin, this.#child.stdout, this.#child.stderr]) {
      if (part === null || !('ref' in part)) continue;
      const counted = part as { ref(): void; unref(): void };
      if (holds) counted.ref();
      else counted.unref();
    }
  }

  /** Nothing more will be asked. */
  endInput(): void {
    this.#child.stdin?.end();
  }

  /** Ends the input and lets the program clean up; kills what is left of its group after a moment. */
  async close(): Promise<void> {
    this.#child.stdin?.end();
    const timer = setTimeout(() => this.kill(), GRACE);
    if (this.#stop !== undefined && this.#stop.why !== 'exited') this.kill();
    await this.ended;
    clearTimeout(timer);
  }

  /** Kills the whole process group. */
  kill(): void {
    const { pid } = this.#child;
    if (pid !== undefined) end(-pid);
  }

  /** What it wrote on standard error, for a message. */
  get lastWords(): string {
    return saidOnError(this.#stderr);
  }

  /** What it died of, where its last line there is `died: WHAT` or `died: rule N: WHAT`. */
  get diedOf(): { readonly what: string; readonly rule: number } | undefined {
    const said = /(?:^|\n)died: (?:rule (\d{1,2}): )?([^\n]*)\n?$/.exec(this.#stderr.toString('latin1'));
    if (said === null) return undefined;
    const rule = Number(said[1] ?? PROGRESS);
    return { what: said[2] ?? '', rule: RULES.some(({ id }) => id === rule) ? rule : PROGRESS };
  }

  /** It does not keep to what it may use: everything it started ends with it. */
  #breach(message: string): void {
    const { pid } = this.#child;
    const family = pid === undefined ? [] : familyOf(pid);
    this.kill();
    for (const one of family) end(one);
    this.#stopped({ why: 'breach', message });
  }

  #watch(wait: number): void {
    this.#timer = setTimeout(() => {
      const now = performance.now();
      const whole = this.#asked + this.#whole;
      const left = Math.min(this.#heard + this.#deadline, whole) - now;
      if (left > 1) return this.#watch(left);
      const half = this.#rest.length > 0 ? `; it had begun the line "${escaped(this.#rest)}"` : '';
      const message =
        now >= whole
          ? `took more than ${this.#whole / 1000} s for one batch of lines, though it answered each in time`
          : `gave no answer for ${this.#deadline / 1000} s${half}`;
      this.kill();
      this.#stopped({ why: 'hung', message });
    }, wait);
  }

  #hear(chunk: Buffer): void {
    if (this.#stop !== undefined) return;
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let searched = this.#rest.length;
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(LINE_FEED, Math.max(start, searched));
      if (end < 0) break;
      if (this.#take === undefined) return this.#unasked(bytes.subarray(start));
      if (end - start > LONGEST_LINE) return this.#tooLong(bytes.subarray(start));
      try {
        if (!this.#take(bytes, start, end)) this.#answered(undefined);
      } catch (cause) {
        this.#stop = { why: 'protocol', message: 'answered what the protocol does not allow' };
        this.kill();
        this.#failed(cause);
        return;
      }
      start = end + 1;
      searched = start;
    }
    // Half a line is no answer: a program that trickles has hung.
    if (start > 0) this.#heard = performance.now();
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > LONGEST_LINE) this.#tooLong(this.#rest);
    else if (this.#rest.length > 0 && this.#take === undefined) this.#unasked(this.#rest);
  }

  #tooLong(bytes: Uint8Array): void {
    this.#broken(
      `sent a line of more than ${LONGEST_LINE} bytes: "${escaped(bytes.subarray(0, 200), 80)}…"; accepted are lines of at most 1 MiB, ended by a line feed`,
    );
  }

  #unasked(bytes: Uint8Array): void {
    this.#broken(
      `answered without being asked: "${escaped(bytes.subarray(0, 400), 80)}"; accepted is one line for each line sent. It may answer twice, or print to standard output what belongs on standard error`,
    );
  }

  #broken(message: string): void {
    this.kill();
    this.#stopped({ why: 'protocol', message });
  }

  #stopped(stop: Stop): void {
    this.#stop ??= stop;
    this.#answered(this.#stop);
  }

  #answered(stop: Stop | undefined): void {
    clearTimeout(this.#timer);
    const settle = this.#settle;
    this.#take = this.#settle = this.#fault = undefined;
    settle?.(stop);
  }

  #failed(cause: unknown): void {
    clearTimeout(this.#timer);
    const fault = this.#fault;
    this.#take = this.#settle = this.#fault = undefined;
    fault?.(cause);
  }
}
