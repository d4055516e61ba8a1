// A target that speaks the line protocol: any program, driven through its standard input and output.
import type { Dialect, DialectSources } from '../spec/dialect.ts';
import { layoutFor, type Tape, unpack, describeOp } from '../spec/tape.ts';
import {
  type Capabilities,
  type InspectWhen,
  type Limits,
  RigError,
  type Session,
  type Target,
  TargetDied,
} from '../spec/target.ts';
import type { Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';
import { Cursor } from './wire/cursor.ts';
import { type Handshake, parseHandshake } from './wire/handshake.ts';
import { batchOf, RESET, SETUP, worldLines } from './wire/lines.ts';
import { type Command, Program, type Stop } from './wire/program.ts';
import { BadLine, escaped } from './wire/refusal.ts';
import { readReply } from './wire/replies.ts';
import { Shown } from './wire/shown.ts';

export type { Command } from './wire/program.ts';
export { DEFAULT_DIALECT, type Handshake } from './wire/handshake.ts';

export interface WireOptions {
  readonly name: string;
  /** Worlds it can hold, where that is known before it is started; `limitsOf` asks the program. */
  readonly limits?: Limits;
  /** What to start; asked anew for every start, so it may build first. */
  readonly command: Command | (() => Promise<Command>);
  /** Milliseconds without any answer after which the program counts as hung. */
  readonly deadline?: number;
  /** What is known of the program better than it says itself: laid over its handshake. */
  readonly dialect?: Partial<Dialect>;
  readonly sources?: Partial<DialectSources>;
  readonly identity?: Readonly<Record<string, string>>;
}

const DEADLINE = 10_000;
const READ_THE_DOCS = 'see docs/protocol.md for the lines a program must answer';

/** A target around a program that speaks docs/protocol.md. */
export function wireTarget(options: WireOptions): Target {
  return {
    name: options.name,
    ...(options.limits !== undefined && { limits: options.limits }),
    open: world => WireSession.open(options, world),
  };
}

/** The worlds a program says it can hold. */
export function limitsOf(said: Handshake): Limits {
  return {
    ...(said.pageSize !== 0 && { pageSize: said.pageSize }),
    ...(said.processes !== undefined && { processes: said.processes }),
    ...(said.pages !== undefined && { pages: said.pages }),
  };
}

/** Starts the program, shakes hands and ends it again: what it says of itself, before there is a world. */
export async function greet(options: WireOptions): Promise<Handshake> {
  const [program, handshake] = await start(options);
  await program.close();
  return handshake;
}

/** Starts the program and shakes hands. Throws RigError. */
async function start(options: WireOptions): Promise<readonly [Program, Handshake]> {
  const command = typeof options.command === 'function' ? await options.command() : options.command;
  const program = new Program(command, options.deadline ?? DEADLINE);
  let line = '';
  try {
    const stop = await program.ask('cowcheck 1\n', (bytes, from, to) => {
      line = Buffer.from(bytes.subarray(from, to)).toString('latin1');
      return false;
    });
    if (stop !== undefined)
      throw new RigError(
        'wire-handshake',
        `${options.name} ${stop.message} before it answered "cowcheck 1"${program.lastWords}`,
        `run ${commandLine(command)} by hand, type "cowcheck 1", and it must answer "cowcheck 1 name=… ops=…"; ${READ_THE_DOCS}`,
      );
    return [program, parseHandshake(line.trimEnd())];
  } catch (cause) {
    program.kill();
    await program.close();
    if (!(cause instanceof BadLine)) throw cause;
    throw new RigError(
      'wire-handshake',
      `${options.name} answered "cowcheck 1" with ${cause.message}; accepted is ${cause.accepted}${program.lastWords}`,
      READ_THE_DOCS,
    );
  }
}

function commandLine(command: Command): string {
  return [command.file, ...(command.args ?? [])].map(word => escaped(word, 200)).join(' ');
}

function capabilitiesOf(said: Handshake, world: World, options: WireOptions): Capabilities {
  const refuse = (code: string, message: string, remedy: string): never => {
    throw new RigError(code, `${options.name} ${message}`, remedy);
  };
  const { pages } = layoutFor(world);
  if (said.pageSize !== 0 && said.pageSize !== world.pageSize)
    refuse(
      'wire-page-size',
      `has pages of ${said.pageSize} bytes; this world has pages of ${world.pageSize}`,
      `set pageSize to ${said.pageSize}`,
    );
  if (said.pages !== undefined && pages > said.pages)
    refuse(
      'wire-pages',
      `holds ${said.pages} pages in an address space; this world has ${pages}`,
      'give the world fewer pages',
    );
  return {
    ops: said.ops,
    inspects: said.inspects,
    dialect: { ...said.dialect, ...options.dialect },
    sources: { ...said.sources, ...options.sources },
    ...(said.frames !== undefined && { frames: Math.min(said.frames, world.frames ?? said.frames) }),
    processes: Math.min(world.processes, said.processes ?? world.processes),
    identity: { program: said.name, ...said.identity, ...options.identity },
    leftOut: said.leftOut,
  };
}

class WireSession implements Session {
  readonly can: Capabilities;
  readonly #options: WireOptions;
  readonly #world: World;
  readonly #shown: Shown;
  readonly #cursor = new Cursor();
  #program: Program;
  /** The program is told to reset together with the next tape. */
  #resetDue = true;
  #inspecting = false;
  #closed = false;

  static async open(options: WireOptions, world: World): Promise<WireSession> {
    const [program, said] = await start(options);
    try {
      const session = new WireSession(options, world, program, capabilitiesOf(said, world, options));
      await session.#setUp();
      return session;
    } catch (cause) {
      program.kill();
      await program.close();
      throw cause;
    }
  }

  constructor(options: WireOptions, world: World, program: Program, can: Capabilities) {
    this.#options = options;
    this.#world = world;
    this.#program = program;
    this.can = can;
    this.#shown = new Shown(layoutFor(world).pages, world.pageSize);
  }

  async run(tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void> {
    if (this.#closed) throw new RigError('wire-closed', `${this.#options.name} is closed`, 'open it again');
    const shows = Object.values(this.can.inspects).includes(true);
    const when = shows ? inspect : 'none';
    const batch = batchOf(tape, when, this.#resetDue, this.#inspecting);
    const { asked, inspected } = batch;
    this.#shown.reserve(tape.names.length);
    if (asked.length === 0) return;
    const before = into.count;
    let next = 0;
    const stop = await this.#ask(
      batch.text,
      (bytes, from, to) => {
        const what = asked[next] ?? SETUP;
        this.#cursor.set(bytes, from, to);
        if (what >= 0) this.#readAnswer(tape, what, inspected[next] === 1, into);
        else this.#readOk(what, inspected[next] === 1, into);
        return ++next < asked.length;
      },
      () => {
        const what = asked[next] ?? SETUP;
        return what >= 0
          ? `op ${what + 1}, ${describeOp(unpack(tape, what))},`
          : what === RESET
            ? 'reset'
            : 'inspect';
      },
    );
    if (stop !== undefined) {
      const at = into.count - before;
      const what = at < tape.length ? `op ${at + 1}, ${describeOp(unpack(tape, at))}` : 'the end of the tape';
      throw this.#died(stop, what, at);
    }
    this.#inspecting = when === 'each' || (when === 'last' && tape.length > 0);
  }

  async reset(): Promise<void> {
    if (this.#closed) throw new RigError('wire-closed', `${this.#options.name} is closed`, 'open it again');
    if (this.#program.stop !== undefined) {
      await this.#program.close();
      [this.#program] = await start(this.#options);
      await this.#setUp();
    }
    this.#shown.reset();
    this.#resetDue = true;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#program.close();
  }

  async #setUp(): Promise<void> {
    const lines = worldLines(this.#world);
    let next = 0;
    this.#inspecting = false;
    const stop = await this.#ask(
      `${lines.join('\n')}\n`,
      (bytes, from, to) => {
        this.#cursor.set(bytes, from, to);
        this.#readOk(SETUP, false, undefined);
        return ++next < lines.length;
      },
      () => `"${lines[next] ?? ''}"`,
    );
    if (stop !== undefined)
      throw new RigError(
        'wire-world',
        `${this.#options.name} ${stop.message} before it answered "${lines[next] ?? ''}"${this.#program.lastWords}`,
        READ_THE_DOCS,
      );
  }

  /** Asks, and turns a line that cannot be into a RigError that names what it answered. */
  async #ask(
    text: string,
    take: (bytes: Uint8Array, start: number, end: number) => boolean,
    asked: () => string,
  ): Promise<Stop | undefined> {
    try {
      return await this.#program.ask(text, take);
    } catch (cause) {
      if (!(cause instanceof BadLine)) throw cause;
      const whole = escaped(this.#cursor.line());
      throw new RigError(
        'wire-answer',
        `${this.#options.name} answered ${asked()} with "${whole}": found ${cause.message}, accepted is ${cause.accepted}${this.#program.lastWords}`,
        whole.startsWith('error ')
          ? 'the program refused a line of the protocol: offer in ops= only what it has'
          : READ_THE_DOCS,
      );
    }
  }

  #readAnswer(tape: Tape, index: number, inspected: boolean, into: Transcript): void {
    readReply(this.#cursor, tape, index, into);
    if (inspected) this.#shown.read(this.#cursor, into);
  }

  #readOk(what: number, inspected: boolean, into: Transcript | undefined): void {
    const cursor = this.#cursor;
    if (!cursor.takes('ok')) cursor.fail('ok');
    if (what === RESET) this.#resetDue = false;
    if (inspected && into !== undefined) this.#shown.read(cursor, into);
    else if (cursor.more && what === SETUP) cursor.fail('ok and nothing more');
  }

  #died(stop: Stop, what: string, at: number): Error {
    const text = `${this.#options.name} ${stop.message}, at ${what}${this.#program.lastWords}`;
    return stop.why === 'protocol'
      ? new RigError('wire-answer', text, READ_THE_DOCS)
      : new TargetDied(text, at);
  }
}
