// What every kind of exploration is given: the flags, and where to report to.
import type { Bounds } from '../explorer/bounds.ts';
import type { Quotient } from '../explorer/quotient.ts';
import type { SearchProgress } from '../explorer/search.ts';
import { explorationProgress, type ReportedExploration } from '../report/exploration.ts';
import type { Counterexample } from '../runner/findings.ts';
import { BREATH } from '../runner/budget.ts';
import type { Store } from '../runner/store.ts';
import type { InterleavedTrace } from '../spec/interleaved-trace.ts';
import type { Trace } from '../spec/trace.ts';
import type { ProgramFlags } from './target.ts';

/** What to explore, and how far. */
export interface ExploreWishes {
  readonly procs?: number;
  readonly pages?: number;
  readonly frames?: number;
  readonly values?: number;
  readonly cpus?: number;
  readonly threads?: number;
  readonly depth?: number;
  /** Names of ops, of those that interleave too; or all. */
  readonly ops?: readonly string[] | 'all';
  readonly time?: number;
  readonly states?: number;
  readonly bail?: number;
  readonly proveSymmetry?: boolean;
}

export interface ExploreFlags extends ProgramFlags, ExploreWishes {
  readonly serve?: boolean;
  readonly port?: number;
  readonly output: string;
  readonly regressions: string;
  readonly json?: boolean;
}

/** What an exploration works with beside its wishes. */
export interface Desk {
  /** Where findings are saved; absent: nowhere. */
  readonly store?: Store;
  /** The folder in which one that is stopped is kept; absent: it is not. */
  readonly output?: string;
  /** What is explored, in a line; and a line about the work, for whoever wants no more than the result too. */
  readonly onBegin: (line: string) => void;
  readonly say: (line: string) => void;
  /** Hears how far it is, every so many milliseconds. */
  readonly onProgress: (line: string) => void;
  readonly progressEvery: number;
  readonly signal?: AbortSignal;
  readonly onFound: (found: Counterexample | SteppedCounterexample) => void;
  readonly onUnsaved: (trace: Trace | InterleavedTrace, why: string) => void;
}

/** What a search of interleaved steps found. */
export type SteppedCounterexample = Omit<Counterexample, 'trace'> & {
  readonly trace: InterleavedTrace;
  /** The steps as a table of processors, a line each. */
  readonly columns: readonly string[];
};

/** What came of an exploration. */
export type ExploreResult = Omit<ReportedExploration, 'counterexamples'> & {
  readonly counterexamples: readonly (Counterexample | SteppedCounterexample)[];
};

export function boundsInWords({ processes, pages, frames, values }: Bounds): string {
  return `${processes} processes, ${pages} pages of data, ${frames} frames, ${values} values`;
}

/** What the report says of a check of symmetries, if there was one. */
export function symmetryOf(proof: Quotient | undefined): Pick<ReportedExploration, 'symmetry'> {
  if (proof === undefined) return {};
  const { whole, classes, missing, extra, apart } = proof;
  return { symmetry: { states: whole.states, complete: whole.done, classes, missing, extra, apart } };
}

/** Why what a check of symmetries shows leaves the search without a verdict; empty: it does not. */
export function doubtsAbout(proof: Quotient | undefined): readonly string[] {
  if (proof === undefined) return [];
  const { whole, missing, extra, apart } = proof;
  const hidden = [...whole.found.keys()].map(
    law => `under their own names the states break ${law}: a symmetry hides it`,
  );
  if (!whole.done) return [...hidden, 'the proof of the symmetries was stopped'];
  return missing + extra + apart === 0 ? hidden : [...hidden, 'a symmetry that it uses is not true here'];
}

/** Where a search pauses: it says how far it is, hears signals, and stops when its time is over. */
export class Pace {
  readonly started = performance.now();
  halted = false;
  readonly #desk: Desk;
  readonly #time: number | undefined;
  #said = this.started;
  #breathed = this.started;

  /** `time`: milliseconds; undefined: no end. */
  constructor(time: number | undefined, desk: Desk) {
    this.#time = time;
    this.#desk = desk;
  }

  /** Seconds since it began. */
  get seconds(): number {
    return (performance.now() - this.started) / 1000;
  }

  /** What a search of `target` calls between states. True: stop. */
  of(target: string): (progress: SearchProgress) => Promise<boolean> {
    return progress =>
      this.#turn(seconds =>
        explorationProgress({ ...progress, target, seconds, rate: progress.states / seconds }),
      );
  }

  /** `line` says how far the search is. */
  async #turn(line: (seconds: number) => string): Promise<boolean> {
    const { signal, onProgress, progressEvery } = this.#desk;
    const now = performance.now();
    if (now - this.#said > progressEvery) {
      this.#said = now;
      onProgress(line(this.seconds));
    }
    if (now - this.#breathed > BREATH) {
      await new Promise(resolve => setImmediate(resolve));
      this.#breathed = performance.now();
    }
    this.halted = signal?.aborted === true || (this.#time !== undefined && now - this.started > this.#time);
    return this.halted;
  }
}
