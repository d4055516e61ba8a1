// Starting a program: the options of such a target, the handshake, and what follows from it in one world.
import type { Dialect, DialectSources } from '../../spec/dialect.ts';
import { layoutFor } from '../../spec/tape.ts';
import { type Capabilities, type Limits, RigError } from '../../spec/target.ts';
import type { World } from '../../spec/world.ts';
import { type Handshake, parseHandshake } from './handshake.ts';
import { type Command, Program, type Stop } from './program.ts';
import { BadLine, escaped } from './refusal.ts';

export interface WireOptions {
  readonly name: string;
  /** Worlds it can hold, where that is known before it is started; `limitsOf` asks the program. */
  readonly limits?: Limits;
  /** How many distinct findings a search goes on for. */
  readonly bail?: number;
  /** What to start; asked anew for every start, so it may build first. */
  readonly command: Command | (() => Promise<Command>);
  /** Milliseconds without any answer after which the program counts as hung; 10,000 if absent. */
  readonly deadline?: number;
  /** Is it ours? Then its own word for a failure of the rig is taken. */
  readonly trusted?: boolean;
  /** Is it dear to start? Then a program whose session was closed waits a while for the next, in whatever world. */
  readonly kept?: boolean;
  /** What is known of the program better than it says itself: laid over its handshake. */
  readonly dialect?: Partial<Dialect>;
  readonly sources?: Partial<DialectSources>;
  readonly identity?: Readonly<Record<string, string>>;
}

/** A running program and what it said of itself. */
export type Started = readonly [Program, Handshake];

const WITHIN_LIMITS =
  'nothing was checked; if it rightly needs more, give it more: --memory 4GiB --max-processes 256, or --sandbox none';
export const READ_THE_DOCS = 'see docs/protocol.md for the lines a program must answer';

/** What `stop` means for the rig: a limit that was broken is that, whatever the program was asked. */
export function failure(stop: Stop, code: string, message: string, remedy: string): RigError {
  return stop.why === 'breach'
    ? new RigError('command-limit', message, WITHIN_LIMITS)
    : new RigError(code, message, remedy);
}

/** Starts the program and shakes hands. Throws RigError. */
export async function start(options: WireOptions): Promise<Started> {
  const command = typeof options.command === 'function' ? await options.command() : options.command;
  const program = new Program(command, options.deadline ?? 10_000);
  let line = '';
  try {
    const stop = await program.ask('cowcheck 1\n', (bytes, from, to) => {
      line = Buffer.from(bytes.subarray(from, to)).toString('latin1');
      return false;
    });
    if (stop !== undefined)
      throw (
        (options.trusted === true ? program.rigError : undefined) ??
        failure(
          stop,
          'wire-handshake',
          `${options.name} ${stop.message} before it answered "cowcheck 1"${program.lastWords}`,
          `run ${commandLine(command)} by hand, type "cowcheck 1", and it must answer "cowcheck 1 name=… ops=…"; ${READ_THE_DOCS}`,
        )
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
  return escaped(command.shown ?? [command.file, ...(command.args ?? [])].join(' '), 400);
}

/** The worlds a program says it can hold. */
export function limitsOf(said: Handshake): Limits {
  return {
    ...(said.pageSize !== 0 && { pageSize: said.pageSize }),
    ...(said.processes !== undefined && { processes: said.processes }),
    ...(said.pages !== undefined && { pages: said.pages }),
    ...(said.layout !== undefined && { layout: said.layout }),
  };
}

/** What a program offers in `world`. Throws RigError if it cannot hold that world. */
export function capabilitiesOf(said: Handshake, world: World, options: WireOptions): Capabilities {
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
    ...(said.advice !== undefined && { advice: said.advice }),
    ...(said.edges !== undefined && { edges: said.edges }),
    inspects: said.inspects,
    dialect: { ...said.dialect, ...options.dialect },
    sources: { ...said.sources, ...options.sources },
    ...(said.frames !== undefined && { frames: Math.min(said.frames, world.frames ?? said.frames) }),
    ...(said.framesAtLeast !== undefined && { framesAtLeast: said.framesAtLeast }),
    processes: Math.min(world.processes, said.processes ?? world.processes),
    identity: { program: said.name, ...said.identity, ...options.identity },
    leftOut: said.leftOut,
  };
}
