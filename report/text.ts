// The report for people: a violation with its ops, and what a search covered.
import type { RacesTried } from '../spec/race.ts';
import { rule } from '../spec/rule.ts';
import type { Op } from '../spec/op.ts';
import { describeOp } from '../spec/tape.ts';
import type { Finding, Trace } from '../spec/trace.ts';
import { forTerminal } from './escape.ts';
import { storyLines, triedLines } from './races.ts';
import type { ReportedCounterexample, ReportedResult } from './result.ts';

const number = (n: number): string => n.toLocaleString('en-US');

/** A counterexample: invariant and rule, position, the ops with a mark at the guilty one, required and found, replay. */
export function violationText(counterexample: ReportedCounterexample): string {
  const { trace, file, replay, race } = counterexample;
  const { finding } = trace;
  if (finding === undefined) return '';
  const { times, of } = finding.reproduced;
  const lines = [
    `violated  ${forTerminal(finding.invariant)}  (rule ${finding.rule})`,
    `          ${rule(finding.rule).statement}`,
    ...(race === undefined ? historyLines(trace, finding) : storyLines(race, finding.target)),
    `required  ${forTerminal(finding.required)}`,
    `found     ${indented(finding.found)}`,
    ...(finding.because === '' ? [] : [`because   ${forTerminal(finding.because)}`]),
    ...(race === undefined ? [] : [`again     ${times} of ${of} times`]),
    ...(file === '' ? [] : [`saved     ${forTerminal(file)}`]),
    ...(replay === '' ? [] : [`replay    ${forTerminal(replay)}`]),
  ];
  return lines.join('\n');
}

/** Text of several lines, none of which can be taken for one of the report's. */
const indented = (text: string): string => forTerminal(text, true).replaceAll('\n', '\n          ');

/** Where it went wrong, and the ops. */
function historyLines(trace: Trace, finding: Finding): readonly string[] {
  const from = finding.shrunkFrom > trace.ops.length ? ` (shrunk from ${finding.shrunkFrom})` : '';
  const seed = finding.seed === undefined ? '' : `, seed ${finding.seed}`;
  return [
    `op ${finding.at + 1} of ${trace.ops.length}${from}${seed}, target ${forTerminal(finding.target)}`,
    ...opLines(trace),
  ];
}

/** The ops of a trace, numbered, the guilty one marked. */
export function opLines(trace: Trace): readonly string[] {
  const width = String(trace.ops.length).length + 2;
  return trace.ops.map((op, i) => {
    const mark = i === trace.finding?.at ? '>' : ' ';
    return `  ${mark}${String(i + 1).padStart(width)}  ${forTerminal(describeOp(op))}${callOf(op, trace)}`;
  });
}

/** The call that does a kernel write where it is none of read(), as the target says of itself; a write over two pages may take two. */
function callOf(op: Op, { finding, world: { pageSize } }: Trace): string {
  if (op.op !== 'kwrite') return '';
  const call = finding?.identity[`kwrite-of-${op.length}`];
  const [, offset = '0'] = op.at.split('+');
  const within = (Number(offset) % pageSize) + op.length <= pageSize;
  return call === undefined || !within ? '' : `  (by ${forTerminal(call)})`;
}

/** What a search did and covered. */
export function summaryText(result: ReportedResult): string {
  const lines = [
    `${result.verdict}  ${forTerminal(result.target)}: ${number(result.runs)} runs, ${number(result.ops)} ops in ${result.seconds.toFixed(1)} s, seed ${result.seed}`,
    ...result.why.map(why => `because    ${forTerminal(why)}`),
    ...(result.verdict === 'violated' ? [] : coverageLines(result)),
  ];
  return lines.join('\n');
}

function coverageLines(result: ReportedResult): readonly string[] {
  const counts = (hits: Readonly<Record<string, number>>): string =>
    Object.entries(hits)
      .map(([name, n]) => `${name} ${number(n)}`)
      .join(' · ');
  return [
    `ops        ${counts(result.opsHit)}`,
    `rules      ${Object.entries(result.rulesHit)
      .map(([id, n]) => (n > 0 ? id : `${id} (never)`))
      .join(' ')}`,
    `witnesses  ${counts(result.witnesses)}`,
    ...(result.races === undefined ? [] : racesLines(result.races)),
    ...(result.sweeps.tapes === 0
      ? []
      : [
          `sweeps     ${number(result.sweeps.tapes)} tapes, ${number(result.sweeps.failures)} allocations failed in turn`,
        ]),
    ...(Object.keys(result.sitesHit).length === 0 ? [] : [`failed at  ${counts(result.sitesHit)}`]),
    ...(result.unhit.length === 0 ? [] : [`never hit  ${result.unhit.join(', ')}`]),
    ...(result.opsLeftOut.length === 0 ? [] : [`not tried  ${result.opsLeftOut.join(' ')}`]),
    ...(result.rulesLeftOut.length === 0
      ? []
      : [
          `not judged rules ${result.rulesLeftOut.join(' ')}: the ops or the inspection they need are not there`,
        ]),
    ...unasked(result),
    ...result.leftOut.map(sentence => `left out   ${forTerminal(sentence)}`),
  ];
}

/** How far the search for races came, as part of this one. */
function racesLines(races: RacesTried): readonly string[] {
  const [one, two] = races.schedules;
  return [
    `races      ${one + two} schedules of ${races.races.join(' of ')} races in ${races.seconds.toFixed(0)} s: two ops at once, one hart held`,
    ...triedLines(races),
  ];
}

/** How many invariants lacked which part of the inspection. */
function unasked(result: ReportedResult): readonly string[] {
  const { invariantsLeftOut } = result;
  if (invariantsLeftOut.length === 0) return [];
  const parts = [...new Set(invariantsLeftOut.flatMap(({ lacks }) => lacks))];
  return [
    `not asked  ${invariantsLeftOut.length} invariants that need what is not inspected here: ${parts.join(', ')} (--json names them)`,
  ];
}

/** The progress of a search on one line. */
export function progressLine(progress: {
  readonly target: string;
  readonly seconds: number;
  readonly runs: number;
  readonly ops: number;
  readonly opsHit: readonly [number, number];
  readonly rulesHit: readonly [number, number];
  readonly sinceNew: number;
  readonly violations: number;
  readonly schedules?: number;
}): string {
  const short = (n: number): string =>
    n >= 1e6 ? `${(n / 1e6).toFixed(1)}M` : n >= 1e4 ? `${Math.round(n / 1e3)}k` : String(n);
  const races = progress.schedules === undefined ? '' : `, races ${progress.schedules}`;
  const rate = Math.round(progress.runs / Math.max(progress.seconds, 0.001));
  return `fuzz ${forTerminal(progress.target)}: ${Math.round(progress.seconds)}s, runs ${short(progress.runs)} (${short(rate)}/s), ops ${short(progress.ops)}, ops hit ${progress.opsHit.join('/')}, rules hit ${progress.rulesHit.join('/')}, last new ${Math.round(progress.sinceNew)}s ago, violations ${progress.violations}${races}`;
}
