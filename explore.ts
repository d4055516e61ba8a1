// The library's explore: every state of a small world, every history, or every interleaving, as the command has it.
import {
  type Desk,
  type ExploreResult,
  type ExploreWishes,
  type SteppedCounterexample,
} from './cli/exploration.ts';
import { exploring, hasSteps } from './cli/exploring.ts';
import type { Counterexample } from './runner/findings.ts';
import type { Store } from './runner/store.ts';
import type { InterleavedOp } from './spec/interleaving.ts';
import type { OpName } from './spec/op.ts';
import type { Target } from './spec/target.ts';
import { namedTarget } from './targets/named.ts';

export type { ExploreResult, SteppedCounterexample };

/** The bounds of `cowcheck explore`, by the names of its flags. What is absent is as there. */
export interface ExploreOptions extends Omit<ExploreWishes, 'ops'> {
  /** A target, or its name; default: the model. With `cpus`, `model` or a mutant of its steps, by name. */
  readonly target?: Target | string;
  readonly ops?: readonly (OpName | InterleavedOp)[] | 'all';
  /** Milliseconds; then it stops, and nothing of it is kept. */
  readonly time?: number;
  readonly signal?: AbortSignal;
  /** Where findings are saved; absent: nowhere. */
  readonly store?: Store;
  readonly onFound?: (found: Counterexample | SteppedCounterexample) => void;
  /** Hears how far it is, in a line, every `progressEvery` milliseconds; default 3000. */
  readonly onProgress?: (line: string) => void;
  readonly progressEvery?: number;
}

/**
 * Explores a target within bounds. A finding is a result, not an error. Throws UsageError for bounds that cannot be or
 * ops that the target has not, RigError if it cannot be had.
 */
export async function explore(options: ExploreOptions = {}): Promise<ExploreResult> {
  const { target = 'model', signal, store, onFound, onProgress, progressEvery = 3000, ...wishes } = options;
  const desk: Desk = {
    ...(store === undefined ? {} : { store }),
    ...(signal === undefined ? {} : { signal }),
    onBegin: () => {},
    say: () => {},
    onProgress: line => onProgress?.(line),
    progressEvery,
    onFound: found => onFound?.(found),
    onUnsaved: () => {},
  };
  const name = typeof target === 'string' ? target : target.name;
  const steps = wishes.cpus !== undefined || (await hasSteps(name));
  return exploring(
    steps ? name : typeof target === 'string' ? await namedTarget(name) : target,
    wishes,
    desk,
  );
}
