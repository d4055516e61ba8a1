// cowcheck replay: runs saved traces again and says whether they still break the law.
import { describeReplies } from '../report/answers.ts';
import { forTerminal } from '../report/escape.ts';
import { violationText } from '../report/text.ts';
import { replay } from '../runner/replay.ts';
import { Store } from '../runner/store.ts';
import { signature, type Violation } from '../runner/verdict.ts';
import { type InterleavedTrace, isInterleaved } from '../spec/interleaved-trace.ts';
import { type Finding, tapeOf, type Trace, traceOf } from '../spec/trace.ts';
import { Console } from './console.ts';
import { EXIT } from './exit.ts';
import { replayRaceOf } from './races.ts';
import { type ProgramFlags, targetOfTrace } from './target.ts';
import { replaySteps } from './replay-steps.ts';
import { type Saved, savedHistories, type SavedTrace } from './traces.ts';

export interface ReplayFlags extends ProgramFlags {
  readonly target?: string;
  readonly repeat: number;
  readonly trace?: boolean;
  readonly json?: boolean;
  readonly inspect: 'full' | 'none';
  readonly regressions: string;
  readonly output: string;
}

/** Returns the exit code: 1 if any trace broke a law, 3 if one broke it only sometimes, 0 if all held. */
export async function replayCommand(what: string, flags: ReplayFlags): Promise<number> {
  const out = new Console();
  const saved = savedHistories(what, new Store(flags.output, flags.regressions));
  const codes: number[] = [];
  const records: unknown[] = [];
  for (const one of saved) {
    const { code, record } = await replayed(one, flags, out);
    codes.push(code);
    records.push(record);
  }
  if (flags.json === true) out.print(JSON.stringify(saved.length === 1 ? records[0] : records));
  return codes.includes(EXIT.violated)
    ? EXIT.violated
    : codes.includes(EXIT.inconclusive)
      ? EXIT.inconclusive
      : EXIT.held;
}

async function replayed(
  { path, trace }: Saved<Trace | InterleavedTrace>,
  flags: ReplayFlags,
  out: Console,
): Promise<{ readonly code: number; readonly record: unknown }> {
  if (isInterleaved(trace)) return replaySteps({ path, trace }, flags, out);
  return trace.schedule === undefined
    ? replayOne({ path, trace }, flags, out)
    : replayRaceOf({ path, trace }, flags, out);
}

async function replayOne(
  { path, trace }: SavedTrace,
  flags: ReplayFlags,
  out: Console,
): Promise<{ code: number; record: unknown }> {
  const target = await targetOfTrace(flags.target, flags, trace.finding, `replay ${path}`);
  const tape = tapeOf(trace);
  const show = flags.trace === true && flags.json !== true;
  const { outcomes, identity } = await replay(trace, target, {
    repeat: flags.repeat,
    inspect: flags.inspect,
    onRun: seen => {
      if (show) out.print(describeReplies(tape, seen).join('\n'));
    },
  });
  const violations = outcomes.flatMap(outcome => (outcome.verdict === 'violated' ? [outcome.violation] : []));
  const unclear = outcomes.flatMap(outcome => (outcome.verdict === 'inconclusive' ? [outcome.why] : []));
  const first = violations[0];
  const always = violations.length === outcomes.length;
  const code = always
    ? EXIT.violated
    : violations.length > 0 || unclear.length > 0
      ? EXIT.inconclusive
      : EXIT.held;
  const verdict = always ? 'violated' : code === EXIT.held ? 'held' : 'inconclusive';
  const reproduced = { times: violations.length, of: outcomes.length };
  const record = {
    verdict,
    target: target.name,
    file: path,
    ...(first === undefined
      ? {}
      : {
          rule: first.evidence.rule,
          invariant: first.invariant,
          at: first.at,
          required: first.evidence.required,
          found: first.evidence.found,
        }),
    reproduced,
    why: unclear,
  };
  if (flags.json !== true) {
    if (first !== undefined)
      out.print(violationText(reported(path, trace, first, target.name, identity, reproduced)));
    if (verdict === 'held')
      out.print(
        `held  ${forTerminal(path)} on ${target.name}: ${trace.ops.length} ops, ${outcomes.length} of ${outcomes.length} times`,
      );
    if (verdict === 'inconclusive')
      out.print(
        `inconclusive  ${forTerminal(path)} on ${target.name}: ${[
          ...(violations.length > 0
            ? [`it broke the law ${violations.length} of ${outcomes.length} times`]
            : []),
          ...unclear.slice(0, 1).map(why => forTerminal(why)),
        ].join('; ')}`,
      );
    const saved = trace.finding;
    if (
      first !== undefined &&
      saved !== undefined &&
      signature({ invariant: saved.invariant, evidence: saved }) !== signature(first)
    )
      out.print(`note      it was saved as ${forTerminal(saved.invariant)} (rule ${saved.rule})`);
  }
  return { code, record };
}

function reported(
  path: string,
  trace: Trace,
  violation: Violation,
  target: string,
  identity: Readonly<Record<string, string>>,
  reproduced: Finding['reproduced'],
): Parameters<typeof violationText>[0] {
  const { evidence, invariant, at } = violation;
  const finding: Finding = {
    ...evidence,
    invariant,
    at,
    target,
    identity,
    shrunkFrom: trace.finding?.shrunkFrom ?? trace.ops.length,
    reproduced,
  };
  return {
    id: '',
    rule: evidence.rule,
    invariant,
    ops: trace.ops.length,
    shrunkFrom: finding.shrunkFrom,
    file: path,
    replay: '',
    trace: { ...traceOf(tapeOf(trace)), finding },
  };
}
