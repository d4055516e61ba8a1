// The one interface to whatever is being checked.
import type { Dialect, DialectSources } from './dialect.ts';
import type { Inspects } from './inspection.ts';
import type { Advice, OpName } from './op.ts';
import type { RuleId } from './rule.ts';
import type { Tape } from './tape.ts';
import type { Transcript } from './transcript.ts';
import { COMMON_EDGES, type Edge, type World } from './world.ts';

/** What a target says of itself. A search uses only this, and the report names what it left out. */
export interface Capabilities {
  readonly ops: readonly OpName[];
  /** Advice that its madvise takes; absent: `dontneed` alone. */
  readonly advice?: readonly Advice[];
  /** Edges it has; absent: COMMON_EDGES. */
  readonly edges?: readonly Edge[];
  readonly inspects: Inspects;
  readonly dialect: Dialect;
  readonly sources: DialectSources;
  /** Data frames it has in this world; absent: not declared, so no refusal for want of memory is held against it. */
  readonly frames?: number;
  /** Instead of `frames`, for who has memory in plenty: data frames that are there for sure, in any world and at any time. */
  readonly framesAtLeast?: number;
  /** Processes it can hold beside init, zombies included. Absent: it may refuse a fork for want of processes only above the world's. */
  readonly processes?: number;
  /** Names of the places that allocate frames, as failures injected there report them. */
  readonly sites?: readonly string[];
  /** Version, kernel, privileges …: goes into every saved counterexample. */
  readonly identity: Readonly<Record<string, string>>;
  /** What this machine or these privileges keep from being inspected, and why; one sentence each. */
  readonly leftOut: readonly string[];
}

/** The advice that a target's madvise takes. */
export function adviceOf({ advice = ['dontneed'] }: Pick<Capabilities, 'advice'>): readonly Advice[] {
  return advice;
}

/** How many frames eager copying may hold before a target may say that there is no more memory; undefined: at any time. */
export function roomOf(can: Pick<Capabilities, 'frames' | 'framesAtLeast'>): number | undefined {
  return can.frames ?? can.framesAtLeast;
}

/** The edges of a target. */
export function edgesOf({ edges = COMMON_EDGES }: Pick<Capabilities, 'edges'>): readonly Edge[] {
  return edges;
}

/** When to inspect: after every op, once after the last, or never. */
export type InspectWhen = 'each' | 'last' | 'none';

/** What every world for a target must keep to. */
export interface Limits {
  /** Its only page size. */
  readonly pageSize?: number;
  readonly processes?: number;
  /** Pages of one address space. */
  readonly pages?: number;
  /**
   * `data`: its processes have plain data pages only, no text, stack or guard. `writable`: all segments but those that
   * may not be written, for it protects none. Absent: all segments.
   */
  readonly layout?: 'data' | 'writable' | 'all';
  /** How many sessions in different worlds a search may keep open at once. */
  readonly sessions?: number;
  /** How many sessions may run at the same time, since none has anything that another can notice; absent: one. */
  readonly concurrent?: number;
  /** Does it take long to start anew? Then a search tries the shortest counterexamples first. */
  readonly dear?: boolean;
  /** How many worlds a search takes turns in; absent: as many as sessions. */
  readonly worlds?: number;
  /** Can its counts be made as narrow as a world says? */
  readonly countBits?: true;
}

/** Something that can be driven. Opening may build, boot or connect; it throws RigError when that fails. */
export interface Target {
  readonly name: string;
  /** Worlds it can hold; absent: any. */
  readonly limits?: Limits;
  /** How many distinct findings a search goes on for unless it is told otherwise; absent: 1. */
  readonly bail?: number;
  open(world: World): Promise<Session>;
}

/** A target running one world. Not reentrant: one call at a time. */
export interface Session {
  readonly can: Capabilities;
  /**
   * Runs all of `tape` from the initial state or from where the last `run` stopped, and appends to `into`: first,
   * right after open or reset, section 0 of the log; then a reply and, if inspecting, a section per op.
   * Throws TargetDied when the target panics, exits or overruns its deadline; `into` holds what was answered before.
   */
  run(tape: Tape, inspect: InspectWhen, into: Transcript): Promise<void>;
  /**
   * Back to the initial state: init and process A. Everything of the last run is gone. `anew`: started again from
   * nothing, as after damage that no reset mends.
   */
  reset(anew?: boolean): Promise<void>;
  /** `damaged`: nothing of it may be used again. */
  close(damaged?: boolean): Promise<void>;
}

/** The thing under test died, panicked or hung during op number `at`: rule 24, if it does so again. */
export class TargetDied extends Error {
  override readonly name = 'TargetDied';
  readonly at: number;
  /** What it died of, where it tells: the same words each time. */
  readonly culprit: string | undefined;
  /** The rule that what it died of breaks: who examines it may know one better than 24. */
  readonly rule: RuleId;
  constructor(message: string, at: number, culprit?: string, rule: RuleId = 24) {
    super(message);
    this.at = at;
    this.culprit = culprit;
    this.rule = rule;
  }
}

/** The rig could not do its work: no agent, no compiler, malformed protocol. Never the fault of the thing under test. */
export class RigError extends Error {
  override readonly name = 'RigError';
  readonly code: string;
  /** What to do about it: a command to type, where there is one. */
  readonly remedy: string;
  constructor(code: string, message: string, remedy: string) {
    super(message);
    this.code = code;
    this.remedy = remedy;
  }
}
