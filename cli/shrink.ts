// cowcheck shrink: tries for longer to make a saved counterexample shorter.
import { forTerminal } from '../report/escape.ts';
import { violationText } from '../report/text.ts';
import { unaskable } from '../runner/offered.ts';
import { Rig } from '../runner/rig.ts';
import { shrink } from '../runner/shrinking.ts';
import { idOf, prepareFolder, Store, StoreError } from '../runner/store.ts';
import type { Outcome } from '../runner/verdict.ts';
import { tapeOf, type Trace, traceOf } from '../spec/trace.ts';
import { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';
import { unsaved } from './unsaved.ts';
import { onInterrupt } from './interrupt.ts';
import { type ProgramFlags, replayWords, targetOfTrace } from './target.ts';
import { savedTraces } from './traces.ts';

export interface ShrinkFlags extends ProgramFlags {
  readonly time: number;
  readonly target?: string;
  readonly json?: boolean;
  readonly inspect: 'full' | 'none';
  readonly regressions: string;
  readonly output: string;
}

/** Returns the exit code: 1 with a counterexample, 3 if the trace no longer breaks a law. */
export async function shrinkCommand(what: string, flags: ShrinkFlags): Promise<number> {
  const out = new Console();
  prepareFolder(flags.output);
  const store = new Store(flags.output, flags.regressions);
  const all = savedTraces(what, store);
  const [one] = all;
  if (one === undefined || all.length > 1)
    throw new UsageError(`shrink takes one trace; ${what} holds ${all.length}; name one of its files`);
  const { trace } = one;
  if (trace.schedule !== undefined)
    throw new UsageError(
      `${one.path} is a race, which has the fewest ops as it is found: two; type: cowcheck replay ${one.path}`,
    );
  const target = await targetOfTrace(flags.target, flags, trace.finding, `shrink ${one.path}`);
  const rig = await Rig.open(target, trace.world, flags.inspect === 'none' ? 'none' : 'each');
  const interrupt = onInterrupt(out);
  try {
    const tape = tapeOf(trace);
    const unasked = unaskable(tape, rig.can);
    const outcome: Outcome =
      unasked === undefined ? await rig.run(tape) : { verdict: 'inconclusive', why: unasked };
    if (outcome.verdict !== 'violated') {
      const why = outcome.verdict === 'held' ? 'every law held' : outcome.why;
      if (flags.json === true)
        out.print(JSON.stringify({ verdict: 'inconclusive', target: target.name, why: [why] }));
      else
        out.print(
          `inconclusive  ${forTerminal(one.path)} does not break a law on ${target.name}: ${forTerminal(why)}`,
        );
      return EXIT.inconclusive;
    }
    const { violation, tried, complete } = await shrink(
      rig,
      outcome.violation,
      performance.now() + flags.time,
      undefined,
      () => interrupt.signal.aborted,
    );
    const { evidence, invariant, at } = violation;
    const shrunk: Trace = {
      ...traceOf(violation.tape),
      finding: {
        ...evidence,
        invariant,
        at,
        target: target.name,
        identity: rig.can.identity,
        ...(trace.finding?.seed === undefined ? {} : { seed: trace.finding.seed }),
        shrunkFrom: trace.finding?.shrunkFrom ?? trace.ops.length,
        reproduced: { times: 1, of: 1 },
      },
    };
    const id = idOf(shrunk);
    const file = saved(store, id, shrunk, out);
    const found = {
      id,
      rule: evidence.rule,
      invariant,
      ops: shrunk.ops.length,
      shrunkFrom: trace.ops.length,
      file,
      replay: file === '' ? '' : `npx cowcheck replay ${file}${replayWords(flags.target, flags)}`,
      trace: shrunk,
    };
    if (flags.json === true) {
      const { trace: _, ...record } = found;
      out.print(
        JSON.stringify({
          verdict: 'violated',
          target: target.name,
          tried,
          complete,
          counterexamples: [record],
        }),
      );
    } else {
      out.print(violationText(found));
      out.print(
        `${complete ? 'nothing simpler fails' : 'time ran out'}: ${trace.ops.length} ops became ${shrunk.ops.length} in ${tried} tries`,
      );
    }
    return interrupt.code() ?? EXIT.violated;
  } finally {
    interrupt.release();
    await rig.close();
  }
}

/** Where the shrunk trace lies; empty, and the trace is printed whole, if it cannot be saved. */
function saved(store: Store, id: string, trace: Trace, out: Console): string {
  try {
    return store.saveCrash(id, trace);
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    out.say(unsaved(trace, cause.message));
    return '';
  }
}
