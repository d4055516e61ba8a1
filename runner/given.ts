// Histories that somebody else thought of: each is run on a target and judged; what breaks a law is investigated.
import type { Tape } from '../spec/tape.ts';
import { RigError, type Target } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import type { Counterexample } from './findings.ts';
import { Investigation, type InvestigationOptions } from './investigation.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { newTally, Rig } from './rig.ts';
import { BREATH } from './budget.ts';
import type { Outcome } from './verdict.ts';

export interface GivenOptions extends InvestigationOptions {
  readonly world: World;
  readonly tapes: Iterable<Tape>;
  /** Stop after so many distinct findings. */
  readonly bail: number;
  /** Called between runs every so often; true: stop. */
  readonly pause?: (progress: GivenProgress) => boolean;
}

export interface GivenProgress {
  readonly runs: number;
  readonly ops: number;
  readonly violations: number;
}

export interface GivenResult extends GivenProgress, Coverage {
  readonly found: readonly Counterexample[];
  /** Why nothing can be concluded; empty otherwise. */
  readonly why: readonly string[];
  /** Every tape was run. */
  readonly done: boolean;
}

/** A run under way. */
interface Running {
  readonly rig: Rig;
  readonly outcome: Promise<Outcome>;
}

/** Runs all of `tapes`, as many at a time as the target allows. Throws RigError only if the rig fails before the first run. */
export async function runGiven(options: GivenOptions): Promise<GivenResult> {
  const { target, world, tapes, bail, inspect, pause, signal } = options;
  const investigation = new Investigation(options);
  const why: string[] = [];
  const rigs = await openRigs(target, world, inspect === 'full' ? 'each' : 'none');
  const [first] = rigs;
  const free = [...rigs];
  /** In the order of their tapes, in which they are judged: so the same tapes give the same findings. */
  const running: Running[] = [];
  let done = true;
  let breath = performance.now();
  const progress = (): GivenProgress => ({
    runs: sum(rigs.map(({ runs }) => runs)),
    ops: sum(rigs.map(({ ops }) => ops)),
    violations: investigation.found.length,
  });
  /** Waits for the oldest run; false: no more. */
  const next = async (): Promise<boolean> => {
    const { rig, outcome: pending } = running.shift()!;
    const outcome = await pending;
    free.push(rig);
    if (outcome.verdict === 'inconclusive') why.push(outcome.why);
    if (outcome.verdict === 'violated') {
      rig.renew();
      if (!investigation.knows(outcome.violation))
        await investigation.investigate(outcome.violation, rig.can, world);
    }
    if (investigation.found.length >= bail) return false;
    if (performance.now() - breath > BREATH) {
      await new Promise(resolve => setImmediate(resolve));
      breath = performance.now();
      if (signal?.aborted === true || pause?.(progress()) === true) {
        done = false;
        return false;
      }
    }
    if (outcome.verdict === 'inconclusive') done = false;
    return outcome.verdict !== 'inconclusive';
  };
  try {
    let more = true;
    for (const tape of tapes) {
      if (free.length === 0) more = await next();
      const rig = more ? free.shift() : undefined;
      if (rig === undefined) break;
      const outcome = rig.run(tape);
      // Whoever waits for it hears of its failure.
      outcome.catch(() => {});
      running.push({ rig, outcome });
    }
    while (more && running.length > 0) more = await next();
  } catch (cause) {
    if (!(cause instanceof RigError) || (progress().runs === 0 && investigation.found.length === 0))
      throw cause;
    why.push(`the rig failed: ${cause.message}`);
    done = false;
  } finally {
    await Promise.allSettled(running.map(({ outcome }) => outcome));
    await Promise.all(rigs.map(rig => rig.close()));
  }
  const { runs, ops } = progress();
  const tally = newTally();
  for (const rig of rigs) rig.drainInto(tally);
  const { can } = first;
  const used = options.ops ?? can.ops;
  return {
    runs,
    ops,
    violations: investigation.found.length,
    ...coverageOf(tally, can, used, inspect === 'full'),
    found: investigation.found,
    why: [...why, ...investigation.unconfirmed],
    done,
  };
}

/** As many as may run at the same time, at least one; more than one only as far as they can be had. */
async function openRigs(
  target: Target,
  world: World,
  inspect: 'each' | 'none',
): Promise<readonly [Rig, ...Rig[]]> {
  const rigs: [Rig, ...Rig[]] = [await Rig.open(target, world, inspect)];
  const { concurrent = 1 } = target.limits ?? {};
  while (rigs.length < concurrent)
    try {
      rigs.push(await Rig.open(target, world, inspect));
    } catch (cause) {
      if (!(cause instanceof RigError)) throw cause;
      break;
    }
  return rigs;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);
