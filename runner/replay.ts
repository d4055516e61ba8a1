// Runs one saved trace again and says whether it still breaks the same law.
import { tapeOf, type Trace } from '../spec/trace.ts';
import type { Target } from '../spec/target.ts';
import type { Transcript } from '../spec/transcript.ts';
import { unaskable } from './offered.ts';
import { Rig } from './rig.ts';
import type { Outcome } from './verdict.ts';

export interface ReplayOptions {
  /** How often; default 1. */
  readonly repeat?: number;
  readonly inspect?: 'full' | 'none';
  /** Sees the answers of every run. */
  readonly onRun?: (seen: Transcript, outcome: Outcome) => void;
}

export interface ReplayResult {
  readonly outcomes: readonly Outcome[];
  readonly identity: Readonly<Record<string, string>>;
}

/**
 * Replays `trace` on a fresh session of `target`. A trace with ops that the target does not offer is not run, and
 * inconclusive. Throws RigError if the target cannot be had.
 */
export async function replay(
  trace: Trace,
  target: Target,
  options: ReplayOptions = {},
): Promise<ReplayResult> {
  const rig = await Rig.open(target, trace.world, options.inspect === 'none' ? 'none' : 'each');
  try {
    const tape = tapeOf(trace);
    const why = unaskable(tape, rig.can);
    if (why !== undefined)
      return { outcomes: [{ verdict: 'inconclusive', why }], identity: rig.can.identity };
    const outcomes: Outcome[] = [];
    for (let i = 0; i < (options.repeat ?? 1); i++) {
      const outcome = await rig.run(tape);
      outcomes.push(outcome);
      options.onRun?.(rig.seen, outcome);
    }
    return { outcomes, identity: rig.can.identity };
  } finally {
    await rig.close();
  }
}
