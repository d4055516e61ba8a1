// cowcheck mutants: every seeded bug, who kills it, in how many ops, how short.
import { fuzz } from '../runner/fuzz.ts';
import { mutants, mutantTarget } from '../targets/model/mutants.ts';
import { Console } from './console.ts';
import { EXIT } from './exit.ts';
import { seedFrom } from './options.ts';

export interface MutantsFlags {
  readonly seed?: number;
  readonly inspect: 'full' | 'none';
  readonly json?: boolean;
}

/** Runs a mutant may survive before it counts as not killed. */
const RUNS = 20_000;

/** Returns the exit code: 0 if every mutant was killed, 1 otherwise. */
export async function mutantsCommand(flags: MutantsFlags): Promise<number> {
  const out = new Console();
  const seed = seedFrom(flags.seed, process.env['COWCHECK_SEED']);
  const rows = [];
  for (const mutant of await mutants()) {
    const started = process.cpuUsage();
    const result = await fuzz({
      target: mutantTarget(mutant),
      seed,
      runs: RUNS,
      time: 20_000,
      inspect: flags.inspect,
    });
    const { user, system } = process.cpuUsage(started);
    const found = result.counterexamples[0];
    rows.push({
      name: mutant.name,
      bug: mutant.bug,
      rule: found?.rule ?? mutant.rule,
      killedBy: found?.invariant ?? null,
      ops: found?.ops ?? null,
      // A proof that nothing shorter fails comes with the exhaustive search.
      optimal: null,
      seconds: Math.round((user + system) / 1000) / 1000,
    });
  }
  const killed = rows.filter(row => row.killedBy !== null).length;
  if (flags.json === true) out.print(JSON.stringify({ mutants: rows, killed, total: rows.length, seed }));
  else {
    const wide = Math.max(...rows.map(row => row.name.length));
    out.print(`${'mutant'.padEnd(wide)}  bug   rule  ops  CPU s  killed by`);
    for (const row of rows)
      out.print(
        `${row.name.padEnd(wide)}  ${row.bug.padEnd(4)}  ${String(row.rule).padStart(4)}  ${String(row.ops ?? '-').padStart(3)}  ${row.seconds.toFixed(2).padStart(5)}  ${row.killedBy ?? 'nobody: it survived'}`,
      );
    out.print(`${killed} of ${rows.length} killed, seed ${seed}`);
  }
  return killed === rows.length ? EXIT.held : EXIT.violated;
}
