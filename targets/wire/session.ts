// One world on one program: runs tapes, one batch of lines each, and starts the program again when it has died.
import { describeOp, layoutFor, type Tape, unpack } from '../../spec/tape.ts';
import {
  type Capabilities,
  type InspectWhen,
  RigError,
  type Session,
  TargetDied,
} from '../../spec/target.ts';
import type { Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { Cursor } from './cursor.ts';
import type { Family } from './family.ts';
import type { Handshake } from './handshake.ts';
import { batchOf, RESET, SETUP, SYNC, worldLines } from './lines.ts';
import type { Program, Stop, TakeLine } from './program.ts';
import { BadLine, escaped } from './refusal.ts';
import { readReply } from './replies.ts';
import { Shown } from './shown.ts';
import { capabilitiesOf, failure, READ_THE_DOCS, start, type Started, type WireOptions } from './start.ts';

/** Where a program died that did not live to see an op. */
const BEFORE = -1;

export class WireSession implements Session {
  readonly can: Capabilities;
  readonly #options: WireOptions;
  readonly #world: World;
  readonly #shown: Shown;
  readonly #cursor = new Cursor();
  readonly #family: Family;
  readonly #said: Handshake;
  #program: Program;
  /** The program is told to reset together with the next tape. */
  #resetDue = true;
  #inspecting = false;
  #closed = false;
  #sync = 0;
  /** Has the program just been started, and done nothing since? */
  #pristine = false;

  /** Starts the program and tells it the world. Throws RigError. */
  static async open(options: WireOptions, world: World, family: Family): Promise<WireSession> {
    const idle = family.takeIdle();
    const [program, said] = idle ?? (await start(options));
    try {
      const can = { ...capabilitiesOf(said, world, options), sites: family.sites };
      const session = new WireSession(options, world, [program, said], can, family);
      session.#pristine = idle === undefined;
      await session.#setUp();
      return session;
    } catch (cause) {
      program.kill();
      await program.close();
      throw cause;
    }
  }

  private constructor(
    options: WireOptions,
    world: World,
    [program, said]: Started,
    can: Capabilities,
    family: Family,
  ) {
    this.#options = options;
    this.#family = family;
    this.#world = world;
    this.#program = program;
    this.#said = said;
    this.can = can;
    this.#shown = new Shown(layoutFor(world).pages, world.pageSize);
  }

  async run(tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void> {
    this.#mustBeOpen();
    this.#pristine = false;
    const shows = Object.values(this.can.inspects).includes(true);
    const when = shows ? inspect : 'none';
    const batch = batchOf(tape, when, this.#resetDue, this.#inspecting, ++this.#sync);
    const { text, asked, inspected } = batch;
    this.#shown.reserve(tape.names.length);
    const before = into.count;
    let next = 0;
    const awaited = (): number => asked[next] ?? SETUP;
    const stop = await this.#ask(
      text,
      (bytes, from, to) => {
        this.#cursor.set(bytes, from, to);
        this.#take(tape, awaited(), inspected[next] === 1, into);
        return ++next < asked.length;
      },
      () => this.#asked(tape, awaited()),
    );
    if (stop !== undefined) {
      const rig = this.#options.trusted === true ? this.#program.rigError : undefined;
      if (rig !== undefined) throw rig;
      const died = this.#program.diedOf;
      const unstarted = awaited() === RESET;
      const at = unstarted ? BEFORE : into.count - before;
      const where = unstarted ? 'before the first op' : `at ${this.#asked(tape, awaited())}`;
      const what = died === undefined ? ` ${stop.message}` : `: ${died.what}`;
      const message = `${this.#options.name}${what}, ${where}${this.#program.lastWords}`;
      throw stop.why === 'protocol' || stop.why === 'breach'
        ? failure(stop, 'wire-answer', message, READ_THE_DOCS)
        : new TargetDied(message, at, died?.what, died?.rule);
    }
    this.#inspecting = batch.inspecting;
  }

  async reset(anew = false): Promise<void> {
    this.#mustBeOpen();
    if ((anew && !this.#pristine) || this.#program.stop !== undefined) {
      await this.#program.close();
      [this.#program] = await start(this.#options);
      await this.#setUp();
      this.#pristine = true;
    }
    this.#shown.reset();
    this.#resetDue = true;
  }

  async close(damaged = false): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    if (damaged || !this.#family.keepIdle([this.#program, this.#said])) await this.#program.close();
  }

  async #setUp(): Promise<void> {
    const lines = worldLines(this.#world);
    let next = 0;
    this.#inspecting = false;
    const stop = await this.#ask(
      `${lines.join('\n')}\n`,
      (bytes, from, to) => {
        this.#cursor.set(bytes, from, to);
        this.#takeOk();
        return ++next < lines.length;
      },
      () => `"${lines[next] ?? ''}"`,
    );
    if (stop !== undefined)
      throw failure(
        stop,
        'wire-world',
        `${this.#options.name} ${stop.message} before it answered "${lines[next] ?? ''}"${this.#program.lastWords}`,
        READ_THE_DOCS,
      );
  }

  /** Asks, and turns a line that cannot be into a RigError that names what was answered. */
  async #ask(text: string, take: TakeLine, asked: () => string): Promise<Stop | undefined> {
    try {
      return await this.#program.ask(text, take);
    } catch (cause) {
      if (!(cause instanceof BadLine)) throw cause;
      const whole = escaped(this.#cursor.line());
      throw new RigError(
        'wire-answer',
        `${this.#options.name} answered ${asked()} with "${whole}": found ${cause.message}, accepted is ${cause.accepted}${this.#program.lastWords}`,
        whole.startsWith('error ')
          ? 'the program says itself what is wrong; if it does not know the line, offer in ops= only what it has'
          : READ_THE_DOCS,
      );
    }
  }

  #take(tape: Tape, what: number, inspected: boolean, into: Transcript): void {
    const cursor = this.#cursor;
    if (what >= 0) readReply(cursor, tape, what, into, this.#family.sites);
    else if (what === RESET) {
      if (!cursor.takes('ok')) cursor.fail('ok');
      this.#resetDue = false;
    } else if (what === SYNC) {
      if (!cursor.takes('sync') || !cursor.takes(String(this.#sync)) || cursor.more)
        cursor.fail(`sync ${this.#sync}: one answer for each line sent, in order`);
    } else this.#takeOk();
    if (inspected) this.#shown.read(cursor, into);
  }

  #takeOk(): void {
    if (!this.#cursor.takes('ok') || this.#cursor.more) this.#cursor.fail('ok');
  }

  #asked(tape: Tape, what: number): string {
    if (what >= 0) return `op ${what + 1}, ${describeOp(unpack(tape, what))}`;
    return what === RESET ? '"reset"' : what === SYNC ? `"sync ${this.#sync}"` : '"inspect"';
  }

  #mustBeOpen(): void {
    if (this.#closed)
      throw new RigError('wire-closed', `the session of ${this.#options.name} is closed`, 'open it again');
  }
}
