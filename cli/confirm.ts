// What an exploration found, believed only when it comes back: each history is run on the target as anybody would run it.
import type { Counterexample } from '../runner/findings.ts';
import type { Tape } from '../spec/tape.ts';
import type { Target } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import type { Exploration } from '../explorer/explore.ts';
import { type Desk, doubtsAbout, type ExploreResult, symmetryOf } from './exploration.ts';

export interface Confirmed {
  readonly found: readonly Counterexample[];
  /** Why nothing can be concluded; empty otherwise. */
  readonly why: readonly string[];
}

/** Milliseconds to shrink a finding, which is a shortest one already. */
const SHRINK = 10_000;

/** Each history that broke a law, run again as anybody would, with nothing reduced, in the world for so many ops; then saved and shrunk. */
export async function confirm(
  found: ReadonlyMap<string, Tape>,
  worldFor: (ops: number) => World,
  target: Target,
  { store, signal, onFound, onUnsaved }: Desk,
): Promise<Confirmed> {
  const all: Counterexample[] = [];
  const why: string[] = [];
  if (found.size === 0) return { found: all, why };
  const { runGiven } = await import('../runner/given.ts');
  for (const [signature, tape] of [...found].sort(([, a], [, b]) => a.length - b.length)) {
    const world = worldFor(tape.length);
    const result = await runGiven({
      target,
      world,
      tapes: [{ ...tape, world }],
      seed: 0,
      inspect: 'full',
      shrinkTime: SHRINK,
      bail: 1,
      ...(store === undefined ? {} : { store }),
      ...(signal === undefined ? {} : { signal }),
      onFound,
      onUnsaved,
    });
    all.push(...result.found);
    why.push(...result.why);
    if (result.found.length === 0 && result.why.length === 0)
      why.push(
        `a history of ${tape.length} ops broke ${signature} in the search, and did not when it was run again`,
      );
  }
  return { found: all, why };
}

/** What an exploration comes to. `halted`: it was stopped, and what can be done about that; undefined: it was not. */
export function concluded(
  { done, proof, symmetries }: Pick<Exploration, 'done' | 'proof' | 'symmetries'>,
  { found, why }: Confirmed,
  halted: string | undefined,
): Pick<ExploreResult, 'verdict' | 'names' | 'symmetry' | 'why' | 'counterexamples'> {
  const doubts = [...why];
  if (!done)
    doubts.push(
      halted === undefined ? 'there are more states than --states allows' : `it was stopped; ${halted}`,
    );
  doubts.push(...doubtsAbout(proof));
  return {
    verdict: found.length > 0 ? 'violated' : doubts.length > 0 ? 'inconclusive' : 'held',
    names:
      symmetries === undefined
        ? []
        : (['frames', 'processes', 'pages', 'values'] as const).filter(kind => symmetries[kind]),
    ...symmetryOf(proof),
    why: found.length > 0 ? [] : doubts,
    counterexamples: found,
  };
}
