// `--command`: any program that speaks docs/protocol.md, as a target. What it says and does is nobody's word but its own.
import type { Target } from '../../spec/target.ts';
import { greet, limitsOf, wireTarget, type WireOptions } from '../wire.ts';
import { escaped } from '../wire/refusal.ts';
import { confined, type Sandbox } from './sandbox.ts';
import type { ProgramLimits } from '../wire/warden.ts';

export interface CommandOptions extends Partial<ProgramLimits> {
  /** A line for /bin/sh: the program and its arguments. */
  readonly command: string;
  /** Default: none. */
  readonly sandbox?: Sandbox;
  /** Milliseconds for one answer; default 10 s. */
  readonly answerTime?: number;
  /** What reports and saved traces call it; default `command`. */
  readonly name?: string;
}

const DEFAULT_MEMORY = 1 << 30;
const DEFAULT_PROCESSES = 128;
const DEFAULT_ANSWER_TIME = 10_000;
/** Each session is a program of its own. */
const SESSIONS = 6;

/** The options of the wire for such a program. Throws RigError where the sandbox is not to be had. */
export async function commandOptions(options: CommandOptions): Promise<WireOptions> {
  const { command, sandbox = 'none', name = 'command', answerTime = DEFAULT_ANSWER_TIME } = options;
  const limits: ProgramLimits = {
    memory: options.memory ?? DEFAULT_MEMORY,
    processes: options.processes ?? DEFAULT_PROCESSES,
  };
  return {
    name,
    command: await confined(command, limits, sandbox),
    deadline: answerTime,
    identity: { command: escaped(command, 400), sandbox },
  };
}

/** Starts the program once, to hear which worlds it can hold, and ends it again. Throws RigError. */
export async function commandTarget(options: CommandOptions): Promise<Target> {
  const wire = await commandOptions(options);
  const said = await greet(wire);
  return wireTarget({ ...wire, limits: { ...limitsOf(said), sessions: SESSIONS } });
}
