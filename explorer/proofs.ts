// Proofs that a counterexample is as short as can be: what each mutant needs at least, and how long that stays true.
import { type Mutant, within } from '../model/mutants/mutant.ts';
import type { Capabilities } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { minimum } from './minimum.ts';

/** The world of the proofs: small, with every kind of page and mapping, three processes, two images and frames enough. */
export const PROOF_WORLD: World = {
  pageSize: 8,
  processes: 3,
  frames: 16,
  images: [
    { name: 'first', text: 1, data: 2, bss: 1 },
    { name: 'second', text: 1, data: 1 },
  ],
  spare: { heap: 1, map: 1 },
};

/** What a search of the proof world has shown of one mutant. */
export interface Proof {
  /** Of the sources it depends on: it is void when they have changed. */
  readonly sources: string;
  /** All histories of at most so many ops were tried … */
  readonly searched: number;
  /** … and these are the laws they break, each with the fewest ops that do. */
  readonly minima: Readonly<Record<string, number>>;
  readonly states: number;
  readonly transitions: number;
}

/** By name of the mutant. */
export type Proofs = Readonly<Record<string, Proof>>;

/** Searched at least, and at most unless a card is longer: each op more takes fifty times as long. */
const LEAST = 2;
const MOST = 3;

/** Searches everything that the ops of `mutant` can do in less than its card has, and than `longest` ops, the longest finding it is known for. */
export async function prove(
  mutant: Mutant,
  can: Capabilities,
  sources: string,
  longest: number,
): Promise<Proof> {
  const depth = Math.max(LEAST, mutant.minimal.length - 1, Math.min(MOST, longest - 1));
  const { found, complete, states, transitions } = await minimum({
    world: PROOF_WORLD,
    machine: mutant.machine,
    can: { ...can, ...within(mutant) },
    depth,
  });
  if (!complete) throw new Error(`the search for ${mutant.name} did not end`);
  const minima = Object.fromEntries(
    [...found.keys()].sort().map(signature => [signature, found.get(signature)?.length ?? 0]),
  );
  return { sources, searched: depth, minima, states, transitions };
}

/**
 * The fewest ops that break this law, if it is proven: found in the search, or not found and `ops` is the next length.
 * Without a proof that is still good, null.
 */
export function optimal(
  proof: Proof | undefined,
  sources: string | undefined,
  signature: string,
  ops: number,
): number | null {
  if (proof === undefined || (sources !== undefined && sources !== proof.sources)) return null;
  const least = proof.minima[signature];
  if (least !== undefined) return least;
  return ops === proof.searched + 1 ? ops : null;
}
