// What a search has found: each saved at once, told of, and kept in order.
import type { RaceStory } from '../spec/race.ts';
import type { Finding, Trace } from '../spec/trace.ts';
import { idOf, type Store, StoreError } from './store.ts';

/** A violation that came back when it was run again. */
export interface Counterexample {
  readonly id: string;
  readonly rule: number;
  readonly invariant: string;
  readonly ops: number;
  readonly shrunkFrom: number;
  /** Where it is saved; empty if it is not: there is no folder to write to, or no room in it. */
  readonly file: string;
  /** The command that shows it again. */
  readonly replay: string;
  readonly trace: Trace;
  /** Of two ops at once: who did what, in order. */
  readonly race?: RaceStory;
}

export interface FindingsOptions {
  /** Known ones: found again, they lie where they are. */
  readonly regressions?: readonly { readonly path: string; readonly trace: Trace }[];
  readonly store?: Store;
  readonly onFound?: (counterexample: Counterexample) => void;
  /** Hears of a finding that could not be saved, and why. The search goes on. */
  readonly onUnsaved?: (trace: Trace, why: string) => void;
}

export class Findings {
  readonly all: Counterexample[] = [];
  readonly #options: FindingsOptions;
  readonly #paths: ReadonlyMap<string, string>;

  constructor(options: FindingsOptions) {
    this.#options = options;
    this.#paths = new Map(options.regressions?.map(({ path, trace }) => [idOf(trace), path]));
  }

  /** Where `trace` is saved; empty if it cannot be. */
  save(id: string, trace: Trace): string {
    try {
      return this.#options.store?.saveCrash(id, trace) ?? '';
    } catch (cause) {
      if (!(cause instanceof StoreError)) throw cause;
      this.#options.onUnsaved?.(trace, cause.message);
      return '';
    }
  }

  /** Removes a draft that a better version has replaced, or that was known. */
  forget(id: string): void {
    this.#options.store?.forget(id);
  }

  /** `file`: where it is saved already; absent: it is saved now, unless it is a regression. */
  add(
    trace: Trace & { readonly finding: Finding },
    { file, race }: { readonly file?: string; readonly race?: RaceStory } = {},
  ): void {
    const id = idOf(trace);
    const { rule, invariant, shrunkFrom } = trace.finding;
    const saved = file ?? this.#paths.get(id) ?? this.save(id, trace);
    const counterexample: Counterexample = {
      id,
      rule,
      invariant,
      ops: trace.ops.length,
      shrunkFrom,
      file: saved,
      replay: saved === '' ? '' : `npx cowcheck replay ${saved}`,
      trace,
      ...(race === undefined ? {} : { race }),
    };
    this.all.push(counterexample);
    this.#options.onFound?.(counterexample);
  }
}
