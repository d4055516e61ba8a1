// What reports are made from: the result of a search as plain data.
import type { RacesTried, RaceStory } from '../spec/race.ts';
import type { Trace } from '../spec/trace.ts';

/** The parts of a counterexample a report shows. */
export interface ReportedCounterexample {
  readonly id: string;
  readonly rule: number;
  readonly invariant: string;
  readonly ops: number;
  readonly shrunkFrom: number;
  readonly file: string;
  readonly replay: string;
  readonly trace: Trace;
  readonly race?: RaceStory;
}

/** The parts of a search's result a report shows. */
export interface ReportedResult {
  readonly verdict: 'held' | 'violated' | 'inconclusive';
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
  readonly ops: number;
  readonly seconds: number;
  readonly opsHit: Readonly<Record<string, number>>;
  readonly opsLeftOut: readonly string[];
  readonly rulesHit: Readonly<Record<string, number>>;
  readonly rulesLeftOut: readonly number[];
  readonly witnesses: Readonly<Record<string, number>>;
  readonly sitesHit: Readonly<Record<string, number>>;
  readonly sweeps: { readonly tapes: number; readonly failures: number };
  readonly counterexamples: readonly ReportedCounterexample[];
  readonly races?: RacesTried;
  readonly digest: string;
  readonly identity: Readonly<Record<string, string>>;
  readonly leftOut: readonly string[];
  readonly why: readonly string[];
  readonly unhit: readonly string[];
  readonly invariantsLeftOut: readonly { readonly invariant: string; readonly lacks: readonly string[] }[];
  readonly interrupted: boolean;
}
