// The report of a search for races: a race in two columns, and what was tried.
import { rule } from '../spec/rule.ts';
import type { Finding, Trace } from '../spec/trace.ts';
import { forTerminal } from './escape.ts';

/** A line of a race: what racer 0 or 1 did, and where in the source; texts may come from a kernel. */
export interface ReportedStep {
  readonly role: 0 | 1;
  readonly did: string;
  readonly where: string;
}

export interface ReportedRace {
  readonly id: string;
  readonly title: string;
  readonly trace: Trace & { readonly finding: Finding };
  readonly steps: readonly ReportedStep[];
  readonly file: string;
  readonly replay: string;
}

export interface ReportedRaces {
  readonly verdict: 'race' | 'none' | 'inconclusive';
  readonly target: string;
  readonly preemptions: 1 | 2;
  readonly ops: readonly string[];
  readonly races: readonly [done: number, all: number];
  readonly schedules: readonly [one: number, two: number];
  readonly keptApart: number;
  readonly unreached: number;
  readonly untried: number;
  readonly alone: ReadonlyMap<string, number>;
  readonly why: readonly string[];
  readonly seconds: number;
  readonly boots: number;
  readonly counts: string;
  readonly found: readonly ReportedRace[];
}

const WIDTH = 34;

/** A race: what is wrong, who did what where in two columns, and how to see it again. */
export function raceText({ title, trace, steps, file, replay }: ReportedRace): string {
  const { finding } = trace;
  const row = (number: string, role: 0 | 1, did: string, where: string): string => {
    const columns = role === 0 ? [did, ''] : ['', did];
    return `  ${number.padStart(4)}    ${columns.map(one => forTerminal(one).padEnd(WIDTH)).join('')}${forTerminal(where)}`.trimEnd();
  };
  return [
    `violated  ${forTerminal(finding.invariant)}  (rule ${finding.rule})`,
    `          ${rule(finding.rule).statement}`,
    `race      ${forTerminal(title)}; target ${forTerminal(finding.target)}`,
    `          ${'P'.padEnd(WIDTH)}Q`,
    ...steps.map((step, i) => row(String(i + 1), step.role, step.did, step.where)),
    `required  ${forTerminal(finding.required)}`,
    `found     ${forTerminal(finding.found)}`,
    `because   ${forTerminal(finding.because)}`,
    `again     ${finding.reproduced.times} of ${finding.reproduced.of} times`,
    ...(file === '' ? [] : [`saved     ${forTerminal(file)}`]),
    ...(replay === '' ? [] : [`replay    ${forTerminal(replay)}`]),
  ].join('\n');
}

/** The verdict and its bounds. */
export function racesText(result: ReportedRaces): string {
  const [one, two] = result.schedules;
  const verdict = {
    race: 'violated',
    none: 'none within these bounds',
    inconclusive: 'inconclusive',
  }[result.verdict];
  const tried =
    result.verdict === 'race'
      ? `found in ${one + two} schedules`
      : `${one + two} schedules of ${result.races[0]} of ${result.races[1]} races`;
  return [
    `${verdict}  races ${forTerminal(result.target)}: ${tried} in ${result.seconds.toFixed(1)} s`,
    ...result.why.map(why => `because    ${forTerminal(why)}`),
    `bounds     two ops at once of ${result.ops.join(' ')}; one frame; one to three sharers, and no free memory; ${result.preemptions === 1 ? 'one hart held once' : `each hart held once (${one} with one held, ${two} with both)`}, before an access to count or frame or at one of three locks behind it`,
    `counts     ${forTerminal(result.counts)}`,
    ...(result.keptApart === 0
      ? []
      : [
          `kept apart ${result.keptApart} schedules: the other hart waited for a lock of processes, time or devices each time`,
        ]),
    ...(result.unreached === 0
      ? []
      : [`unreached  ${result.unreached} schedules: no hart came to where it was to be held`]),
    ...(result.untried === 0
      ? []
      : [
          `untried    ${result.untried} races: the kernel dies of their ops, or goes wrong without memory, when one follows the other`,
        ]),
    ...[...result.alone].map(
      ([kind, times]) =>
        `alone      ${forTerminal(kind)} already when one op follows the other, in ${times} races: cowcheck fuzz finds out why`,
    ),
  ].join('\n');
}

/** The progress of a search for races on one line. */
export function racesProgress(
  target: string,
  progress: {
    readonly seconds: number;
    readonly races: readonly [number, number];
    readonly schedules: number;
    readonly found: number;
  },
): string {
  return `races ${forTerminal(target)}: ${Math.round(progress.seconds)}s, races ${progress.races.join('/')}, schedules ${progress.schedules}, violations ${progress.found}`;
}

/** One object for --json. */
export function racesJson(result: ReportedRaces): string {
  const { alone, found, ...rest } = result;
  return JSON.stringify({
    ...rest,
    verdict: result.verdict === 'race' ? 'violated' : result.verdict,
    alone: Object.fromEntries(alone),
    counterexamples: found.map(({ id, title, trace, steps, file, replay }) => ({
      id,
      rule: trace.finding.rule,
      invariant: trace.finding.invariant,
      race: title,
      required: trace.finding.required,
      found: trace.finding.found,
      because: trace.finding.because,
      schedule: trace.schedule,
      steps,
      reproduced: trace.finding.reproduced,
      file,
      replay,
    })),
  });
}
