// Makes a counterexample as short as it gets: tries simpler tapes on the target until none fails the same way.
import { smaller } from '../properties/shrink.ts';
import type { Advice, OpName } from '../spec/op.ts';
import { adviceOf } from '../spec/target.ts';
import { guesses } from './guesses.ts';
import { BREATH } from './budget.ts';
import type { Rig } from './rig.ts';
import { kindOf, standsFor, type Violation } from './verdict.ts';

export interface Shrunk {
  readonly violation: Violation;
  readonly tried: number;
  /** False if time ran out first. */
  readonly complete: boolean;
}

/** What a search keeps to; absent: whatever the target offers. */
export interface Within {
  readonly ops?: readonly OpName[];
  readonly advice?: readonly Advice[];
  /**
   * Is a run that fails dear, as it is where the target has to boot again? Then the shortest tapes are tried first, and what
   * was found so is not polished for long; and as the search goes on, no other defect may take the place of this one.
   */
  readonly dear?: boolean;
}

/** Milliseconds for the arguments of ops that are few already, and how many are few. */
const POLISH = 4000;
const FEW = 3;

/**
 * `deadline` in ms of performance.now(). `better` hears of every improvement, so that nothing is lost on the way.
 * `within`: what the search kept to, so that nothing else turns up in its finding.
 */
export async function shrink(
  rig: Rig,
  found: Violation,
  deadline: number,
  better: (violation: Violation) => void = () => {},
  stopped: () => boolean = () => false,
  within: Within = {},
): Promise<Shrunk> {
  const { can } = rig;
  const ops = can.ops.filter(name => within.ops?.includes(name) ?? true);
  const advice = adviceOf(can).filter(name => within.advice?.includes(name) ?? true);
  const wanted = kindOf(found);
  let best = found;
  let tried = 0;
  let breath = performance.now();
  let end = deadline;
  for (let guessing = within.dear === true; ; ) {
    let improved = false;
    for (const candidate of guessing
      ? guesses(best.tape, best.at)
      : smaller(best.tape, best.at, ops, advice)) {
      const now = performance.now();
      if (now > end || stopped()) return { violation: best, tried, complete: false };
      if (now - breath > BREATH) {
        await new Promise(resolve => setImmediate(resolve));
        breath = now;
      }
      if (candidate.length === 0) continue;
      tried++;
      const outcome = await rig.run(candidate);
      if (outcome.verdict !== 'violated' || kindOf(outcome.violation) !== wanted) continue;
      if (within.dear === true && !standsFor(outcome.violation, best)) continue;
      best = outcome.violation;
      better(best);
      improved = true;
      break;
    }
    if (!improved && !guessing) return { violation: best, tried, complete: true };
    if (guessing && best.tape.length === 1) return { violation: best, tried, complete: true };
    if (guessing && best.tape.length <= FEW) end = Math.min(deadline, performance.now() + POLISH);
    guessing = false;
  }
}
