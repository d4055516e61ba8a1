// Races: two ops at once on a target that holds its own processors; what a search for them is asked, tells, and has tried.
import type { OpName } from './op.ts';
import type { Target } from './target.ts';
import type { Finding, Trace } from './trace.ts';

/** What racer 0 or 1 did, and where in the source; texts may come from a kernel. */
export interface RaceStep {
  readonly role: 0 | 1;
  readonly did: string;
  /** Function, file and line; empty where it is not known. */
  readonly where: string;
}

/** A race in words. */
export interface RaceStory {
  readonly title: string;
  /** Names that the two have in the trace. */
  readonly racers: readonly [string, string];
  /** In the order in which they happened. */
  readonly steps: readonly RaceStep[];
}

/** A race that came back each time it was run again. */
export interface RaceFound {
  /** With its schedule: it is as short as it is found. */
  readonly trace: Trace & { readonly finding: Finding };
  readonly story: RaceStory;
}

export interface RaceWishes {
  /** How many of the two are held, once each. */
  readonly preemptions: 1 | 2;
  /** Ops to use; those that cannot race are passed over. Absent: all that can. */
  readonly ops?: readonly OpName[];
  /** Tried before all others. */
  readonly first?: readonly Trace[];
  /** Do races `index`, `index + count`, … only. `index` from 0. */
  readonly shard?: { readonly index: number; readonly count: number };
  /** Milliseconds. */
  readonly time: number;
  /** Distinct findings after which it ends: two are of one kind if rule and kind of mistake are the same. */
  readonly bail: number;
  readonly signal?: AbortSignal;
  /** Called at most every `progressEvery` ms. */
  readonly onProgress?: (progress: RaceProgress) => void;
  readonly progressEvery?: number;
  /** Called at once, and waited for. */
  readonly onFound?: (found: RaceFound) => void | Promise<void>;
}

export interface RaceProgress {
  readonly seconds: number;
  readonly races: readonly [done: number, all: number];
  readonly schedules: number;
  readonly found: number;
}

/** What a search for races has tried. */
export interface RacesTried {
  readonly verdict: 'race' | 'none' | 'inconclusive';
  readonly preemptions: 1 | 2;
  readonly ops: readonly string[];
  /** Races tried to the end of what was asked, and all. */
  readonly races: readonly [done: number, all: number];
  /** Schedules run with one processor held, with both held. */
  readonly schedules: readonly [one: number, two: number];
  /** Schedules that never happen: the other always waits for a lock of processes, time or devices. */
  readonly keptApart: number;
  /** Schedules in which nobody came to where it was to be held. */
  readonly unreached: number;
  /** Races that were not tried, for the target dies of their ops, or goes wrong without memory, one after the other. */
  readonly untried: number;
  /** Races whose ops do wrong one after the other: what is wrong, and in how many. */
  readonly alone: ReadonlyMap<string, number>;
  /** What did not come back each time it was run again, in sentences. */
  readonly unconfirmed: readonly string[];
  /** What could not be judged, in sentences. */
  readonly unsettled: readonly string[];
  /** Why it is inconclusive. */
  readonly why: readonly string[];
  readonly seconds: number;
  readonly boots: number;
  /** Where the counts of sharers lie. */
  readonly counts: string;
}

/** Throws RigError where nothing could be judged at all. */
export type RaceSearch = (wishes: RaceWishes) => Promise<RacesTried>;

/** A target that may be able to hold its processors. */
export interface RacingTarget extends Target {
  readonly races?: RaceSearch;
}
