// cowcheck mutants: every seeded bug, who kills it, in how many ops, how short, and whether shorter is possible.
import { optimal, PROOF_WORLD, type Proof, type Proofs, prove } from '../explorer/proofs.ts';
import { type Mutant, opsOf } from '../model/mutants/mutant.ts';
import { signatureOf } from '../properties/signature.ts';
import type { CampaignResult } from '../runner/campaign.ts';
import { fuzz } from '../runner/fuzz.ts';
import { mutants, mutantTarget } from '../targets/model/mutants.ts';
import { modelTarget } from '../targets/model/session.ts';
import { Console } from './console.ts';
import { EXIT } from './exit.ts';
import { seedFrom } from './options.ts';
import { readProofs, sourcesHash, writeProofs } from './proofs.ts';

export interface MutantsFlags {
  readonly seed?: number;
  readonly inspect: 'full' | 'none';
  /** Search for shorter ones anew, and write down what was found. */
  readonly prove?: boolean;
  readonly json?: boolean;
}

/** Runs a mutant may survive before it counts as not killed. */
const RUNS = 20_000;

/** A mutant is proven for what these seeds find of it: the same defect may break several laws. */
const SEEDS = Array.from({ length: 20 }, (_, i) => i + 1);

interface Row {
  readonly name: string;
  readonly bug: string;
  readonly rule: number;
  readonly killedBy: string | null;
  readonly ops: number | null;
  /** The fewest ops that break this law, where that is proven. */
  readonly optimal: number | null;
  readonly seconds: number;
}

/** Returns the exit code: 0 if every mutant was killed, 1 otherwise. */
export async function mutantsCommand(flags: MutantsFlags): Promise<number> {
  const out = new Console();
  const seed = seedFrom(flags.seed, process.env['COWCHECK_SEED']);
  const sources = await sourcesHash();
  const proofs = flags.prove === true ? await proveAll(sources, out) : readProofs();
  const rows: Row[] = [];
  for (const mutant of await mutants()) {
    const started = process.cpuUsage();
    const result = await search(mutant, seed, flags.inspect);
    const { user, system } = process.cpuUsage(started);
    const found = result.counterexamples[0];
    rows.push({
      name: mutant.name,
      bug: mutant.bug,
      rule: found?.rule ?? mutant.rule,
      killedBy: found?.invariant ?? null,
      ops: found?.ops ?? null,
      // Without inspection other laws break first, and later: the proofs are about full inspection.
      optimal:
        found === undefined || flags.inspect === 'none'
          ? null
          : optimal(
              proofs[mutant.name],
              sources(mutant.name),
              signatureOf(found.invariant, found.rule),
              found.ops,
            ),
      seconds: Math.round((user + system) / 1000) / 1000,
    });
  }
  const killed = rows.filter(row => row.killedBy !== null).length;
  if (flags.json === true) out.print(JSON.stringify({ mutants: rows, killed, total: rows.length, seed }));
  else table(rows, killed, seed, out);
  return killed === rows.length ? EXIT.held : EXIT.violated;
}

/** In the world of the proofs, so that what is shortest there is the measure of what is found. */
async function search(mutant: Mutant, seed: number, inspect: 'full' | 'none'): Promise<CampaignResult> {
  const target = mutantTarget(mutant);
  return fuzz({ target, worlds: [PROOF_WORLD], seed, runs: RUNS, time: 20_000, inspect, ops: opsOf(mutant) });
}

function table(rows: readonly Row[], killed: number, seed: number, out: Console): void {
  const wide = Math.max(...rows.map(row => row.name.length));
  out.print(`${'mutant'.padEnd(wide)}  bug   rule  ops  least  CPU s  killed by`);
  for (const row of rows)
    out.print(
      `${row.name.padEnd(wide)}  ${row.bug.padEnd(4)}  ${String(row.rule).padStart(4)}  ${String(row.ops ?? '-').padStart(3)}  ${String(row.optimal ?? '?').padStart(5)}  ${row.seconds.toFixed(2).padStart(5)}  ${row.killedBy ?? 'nobody: it survived'}`,
    );
  out.print(`${killed} of ${rows.length} killed, seed ${seed}`);
  const proven = rows.filter(row => row.ops !== null && row.ops === row.optimal).length;
  out.print(`${proven} of ${rows.length} as short as can be, by exhaustive search`);
}

async function proveAll(sources: (mutant: string) => string | undefined, out: Console): Promise<Proofs> {
  const session = await modelTarget().open(PROOF_WORLD);
  const proofs: Record<string, Proof> = {};
  for (const mutant of await mutants()) {
    let longest = 0;
    for (const seed of SEEDS)
      for (const { ops } of (await search(mutant, seed, 'full')).counterexamples)
        longest = Math.max(longest, ops);
    proofs[mutant.name] = await prove(mutant, session.can, sources(mutant.name) ?? '', longest);
  }
  const file = writeProofs(proofs);
  out.say(`proofs written to ${file}`);
  return proofs;
}
