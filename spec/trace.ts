// Trace format 1: what a trace is as plain data, and its text.
import type { Op } from './op.ts';
import type { RuleId } from './rule.ts';
import { pack, type Tape, unpackAll } from './tape.ts';
import type { World } from './world.ts';

/** What a counterexample adds to the bare trace. Texts may come from a target: escape them where they are shown. */
export interface Finding {
  readonly rule: RuleId;
  readonly invariant: string;
  /** Index of the guilty op. */
  readonly at: number;
  readonly required: string;
  readonly found: string;
  readonly because: string;
  readonly target: string;
  /** Version, kernel, privileges of the target when this was found. */
  readonly identity: Readonly<Record<string, string>>;
  readonly seed?: number;
  /** How many ops it had before shrinking. */
  readonly shrunkFrom: number;
  /** How often it came back when it was run again. */
  readonly reproduced: { readonly times: number; readonly of: number };
}

/** Where the processor that runs an op is held, while the ops behind it run on another. */
export interface HeldOp {
  /** Index of the op. */
  readonly op: number;
  /** Before this access, from 1 on, to the count of the page's frame or to the frame itself. */
  readonly access: number;
  /** Not before that access, but when it is about to take a lock for this time, from 1 on, behind it; 0: before the access. */
  readonly lock: number;
}

/** How the last two ops of a trace, each behind a `cpu`, run at the same time. A trace with one is for `races` and its replay. */
export interface Schedule {
  /** At most one for each of the two ops. */
  readonly holds: readonly HeldOp[];
  /** There is no free frame while they run. */
  readonly outOfMemory?: true;
}

/** Plain data: a world, ops, and for a counterexample what was found. Any subsequence of `ops` is a trace too. */
export interface Trace {
  readonly format: 1;
  readonly world: World;
  readonly ops: readonly Op[];
  readonly schedule?: Schedule;
  readonly finding?: Finding;
}

/** Larger files are refused unread. */
export const MAX_TRACE_BYTES = 16 * 1024 * 1024;
export const MAX_TRACE_OPS = 100_000;
const MAX_MESSAGE = 600;

/** A trace file that cannot be used. The message names the place and the field, and what is accepted there. */
export class TraceError extends Error {
  override readonly name = 'TraceError';
  /** Where in the file, such as `ops[3].at`; empty for the whole. */
  readonly place: string;
  constructor(place: string, message: string) {
    super(printable(place === '' ? message : `${place}: ${message}`));
    this.place = place;
  }
}

/** Text of a file may stand in a message: cut short, and without characters that drive a terminal. */
function printable(text: string): string {
  const short = text.length > MAX_MESSAGE ? `${text.slice(0, MAX_MESSAGE)}…` : text;
  return short.replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu,
    character => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`,
  );
}

/** The trace as text: stable key order, one op a line, ending in a newline. */
export function formatTrace(trace: Trace): string {
  const line = (value: unknown): string => JSON.stringify(value);
  const ops = trace.ops.map(op => `    ${line(op)}`).join(',\n');
  const schedule = trace.schedule === undefined ? '' : `,\n  "schedule": ${line(trace.schedule)}`;
  const finding =
    trace.finding === undefined
      ? ''
      : `,\n  "finding": ${JSON.stringify(trace.finding, null, 2).replaceAll('\n', '\n  ')}`;
  return `{\n  "format": 1,\n  "world": ${line(trace.world)},\n  "ops": [\n${ops}\n  ]${schedule}${finding}\n}\n`;
}

/** The packed form of a trace. */
export function tapeOf(trace: Trace): Tape {
  return pack(trace.world, trace.ops);
}

/** The plain form of a tape. */
export function traceOf(tape: Tape): Trace {
  return { format: 1, world: tape.world, ops: unpackAll(tape) };
}
