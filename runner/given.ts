// Histories that somebody else thought of: each is run on a target and judged; what breaks a law is investigated.
import type { Tape } from '../spec/tape.ts';
import { RigError } from '../spec/target.ts';
import type { World } from '../spec/world.ts';
import { type Counterexample, Investigation, type InvestigationOptions } from './investigation.ts';
import { type Coverage, coverageOf } from './coverage.ts';
import { newTally, Rig } from './rig.ts';
import { BREATH } from './budget.ts';

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

/** Runs all of `tapes`. Throws RigError only if the rig fails before the first run. */
export async function runGiven(options: GivenOptions): Promise<GivenResult> {
  const { target, world, tapes, bail, inspect, pause, signal } = options;
  const investigation = new Investigation(options);
  const why: string[] = [];
  const rig = await Rig.open(target, world, inspect === 'full' ? 'each' : 'none');
  let done = true;
  let breath = performance.now();
  const progress = (): GivenProgress => ({
    runs: rig.runs,
    ops: rig.ops,
    violations: investigation.found.length,
  });
  try {
    for (const tape of tapes) {
      const outcome = await rig.run(tape);
      if (outcome.verdict === 'inconclusive') why.push(outcome.why);
      if (outcome.verdict === 'violated') {
        rig.renew();
        if (!investigation.knows(outcome.violation))
          await investigation.investigate(outcome.violation, rig.can, world);
      }
      if (investigation.found.length >= bail) break;
      if (performance.now() - breath > BREATH) {
        await new Promise(resolve => setImmediate(resolve));
        breath = performance.now();
        if (signal?.aborted === true || pause?.(progress()) === true) {
          done = false;
          break;
        }
      }
      if (outcome.verdict === 'inconclusive') {
        done = false;
        break;
      }
    }
  } catch (cause) {
    if (!(cause instanceof RigError) || (rig.runs === 0 && investigation.found.length === 0)) throw cause;
    why.push(`the rig failed: ${cause.message}`);
    done = false;
  } finally {
    await rig.close();
  }
  const { runs, ops } = rig;
  const tally = newTally();
  rig.drainInto(tally);
  const used = options.ops ?? rig.can.ops;
  return {
    runs,
    ops,
    violations: investigation.found.length,
    ...coverageOf(tally, rig.can, used, inspect === 'full'),
    found: investigation.found,
    why: [...why, ...investigation.unconfirmed],
    done,
  };
}
