// What a worker does for one mutant: hunts it from a seed, or proves how short a counterexample can be.
import { readFileSync } from 'node:fs';
import { type Proof, PROOF_WORLD, prove } from '../explorer/proofs.ts';
import { type Mutant, within } from '../model/mutants/mutant.ts';
import { type CampaignResult } from '../runner/campaign.ts';
import { fuzz } from '../runner/fuzz.ts';
import { mutants, mutantTarget } from '../targets/model/mutants.ts';
import { modelTarget } from '../targets/model/session.ts';

export interface Hunt {
  readonly name: string;
  readonly seed: number;
  readonly inspect: 'full' | 'none';
}

/** What came of a hunt; `found` is absent if the mutant survived. */
export interface Kill {
  readonly found?: {
    readonly rule: number;
    readonly invariant: string;
    readonly ops: number;
    readonly shrunkFrom: number;
  };
  /** Seconds of processor time. */
  readonly seconds: number;
}

/** A mutant to be proven anew; `sources`: the hash that the proof will carry. */
export interface Claim {
  readonly name: string;
  readonly sources: string;
}

/** Runs a mutant may survive before it counts as not killed. */
const RUNS = 20_000;
/** … and milliseconds. */
const TIME = 20_000;

/** A mutant is proven for what these seeds find of it: the same defect may break several laws. */
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

export default async function work(task: Hunt | Claim): Promise<Kill | Proof> {
  const mutant = (await mutants()).find(({ name }) => name === task.name);
  if (mutant === undefined) throw new RangeError(`there is no mutant ${task.name}`);
  return 'sources' in task ? proveOne(mutant, task.sources) : huntOne(mutant, task);
}

async function huntOne(mutant: Mutant, { seed, inspect }: Hunt): Promise<Kill> {
  const started = threadSeconds();
  const { counterexamples } = await search(mutant, seed, inspect);
  const seconds = Math.round((threadSeconds() - started) * 1000) / 1000;
  const [first] = counterexamples;
  if (first === undefined) return { seconds };
  const { rule, invariant, ops, shrunkFrom } = first;
  return { found: { rule, invariant, ops, shrunkFrom }, seconds };
}

async function proveOne(mutant: Mutant, sources: string): Promise<Proof> {
  const { can } = await modelTarget().open(PROOF_WORLD);
  let longest = 0;
  for (const seed of SEEDS)
    for (const { ops } of (await search(mutant, seed, 'full')).counterexamples)
      longest = Math.max(longest, ops);
  return prove(mutant, can, sources, longest);
}

/**
 * With inspection in the world of the proofs, so that what is shortest there is the measure of what is found. Without, in
 * all the usual worlds: some defects then show only where memory is short.
 */
async function search(mutant: Mutant, seed: number, inspect: 'full' | 'none'): Promise<CampaignResult> {
  const worlds = inspect === 'full' ? { worlds: [PROOF_WORLD] } : {};
  return fuzz({
    target: mutantTarget(mutant),
    ...worlds,
    seed,
    runs: RUNS,
    time: TIME,
    inspect,
    ...within(mutant),
  });
}

/** Processor time of this thread; of the process where the system does not tell them apart. */
function threadSeconds(): number {
  try {
    return Number(readFileSync('/proc/thread-self/schedstat', 'utf8').split(' ', 1)[0]) / 1e9;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  }
}
