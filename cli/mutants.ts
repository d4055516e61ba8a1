// cowcheck mutants: every seeded bug, who kills it, in how many ops, how short, and whether shorter is possible.
import { optimal, type Proof, type Proofs } from '../explorer/proofs.ts';
import type { Mutant } from '../model/mutants/mutant.ts';
import { signatureOf } from '../properties/signature.ts';
import { killPage } from '../report/kill-page.ts';
import { allKilled, type MatrixRow, matrixOf, matrixTable } from '../report/kill-matrix.ts';
import { mutants } from '../targets/model/mutants.ts';
import { Console } from './console.ts';
import { onAllCores } from './crew.ts';
import { EXIT } from './exit.ts';
import type { Claim, Hunt, Kill } from './hunt.ts';
import { seedFrom } from './options.ts';
import { readProofs, sourcesHash, writeProofs } from './proofs.ts';

export interface MutantsFlags {
  readonly seed?: number;
  readonly inspect: 'full' | 'none';
  /** Search for shorter ones anew, and write down what was found. */
  readonly prove?: boolean;
  readonly json?: boolean;
  /** The page of docs/kill-matrix.md, which looks the same on every machine. */
  readonly markdown?: boolean;
}

/** What the workers run; built or not, it lies beside this file. */
const HUNT = import.meta.url.replace(/mutants(\.[jt]s)$/, 'hunt$1');

/** Returns the exit code: 0 if every mutant was killed that could be, 1 otherwise. */
export async function mutantsCommand(flags: MutantsFlags): Promise<number> {
  const out = new Console();
  const seed = seedFrom(flags.seed, process.env['COWCHECK_SEED']);
  const all = await mutants();
  const sources = await sourcesHash();
  const proofs = flags.prove === true ? await proveAll(all, sources, out) : readProofs();
  const hunts = all.map(({ name }): Hunt => ({ name, seed, inspect: flags.inspect }));
  const kills = await onAllCores<Kill>(HUNT, hunts);
  const rows = all.map((mutant, i): MatrixRow => {
    const { found, seconds = 0 } = kills[i] ?? {};
    // Without inspection other laws break first, and later: the proofs are about full inspection.
    const least =
      found === undefined || flags.inspect === 'none'
        ? null
        : optimal(
            proofs[mutant.name],
            sources(mutant.name),
            signatureOf(found.invariant, found.rule),
            found.ops,
          );
    return {
      name: mutant.name,
      bug: mutant.bug,
      rule: found?.rule ?? mutant.rule,
      killedBy: found?.invariant ?? null,
      ops: found?.ops ?? null,
      shrunkFrom: found?.shrunkFrom ?? null,
      optimal: least,
      unseen: mutant.unseen ?? null,
      seconds,
    };
  });
  const matrix = matrixOf(rows, seed, flags.inspect);
  if (flags.json === true) out.print(JSON.stringify(matrix));
  else if (flags.markdown === true) out.print(killPage(matrix, all).trimEnd());
  else out.print(matrixTable(matrix));
  return allKilled(matrix) ? EXIT.held : EXIT.violated;
}

async function proveAll(
  all: readonly Mutant[],
  sources: (mutant: string) => string | undefined,
  out: Console,
): Promise<Proofs> {
  const claims = all.map(({ name }): Claim => ({ name, sources: sources(name) ?? '' }));
  const found = await onAllCores<Proof>(HUNT, claims);
  const proofs = Object.fromEntries(
    all.flatMap(({ name }, i) => (found[i] === undefined ? [] : [[name, found[i]]])),
  );
  const file = writeProofs(proofs);
  out.say(`proofs written to ${file}`);
  return proofs;
}
