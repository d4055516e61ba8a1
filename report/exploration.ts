// The report of an exploration, for people and as JSON.
import { forTerminal } from './escape.ts';

const number = (n: number): string => n.toLocaleString('en-US');

/** What an exploration did and saw. */
export interface ReportedExploration {
  readonly verdict: 'held' | 'violated' | 'inconclusive';
  readonly target: string;
  /** The bounds in words. */
  readonly bounds: string;
  readonly ops: readonly string[];
  readonly complete: boolean;
  /** It went on from what an earlier one had kept: hits are counted from then on. */
  readonly resumed: boolean;
  readonly depth: number;
  readonly states: number;
  readonly transitions: number;
  readonly frontier: number;
  readonly seconds: number;
  /** Of processor time, the search alone. */
  readonly cpuSeconds: number;
  readonly bytesPerState: number;
  readonly collision: number;
  /** Whose names mean nothing. */
  readonly names: readonly string[];
  /** What two states have in common that were taken for one, where more could tell them apart. */
  readonly assumed?: string;
  readonly symmetry?: {
    readonly states: number;
    readonly complete: boolean;
    readonly classes: number;
    readonly missing: number;
    readonly extra: number;
    readonly apart: number;
  };
  readonly opsHit: Readonly<Record<string, number>>;
  readonly branchesHit: Readonly<Record<string, number>>;
  readonly rulesHit: Readonly<Record<string, number>>;
  readonly witnesses: Readonly<Record<string, boolean>>;
  /** Where steps interleave: how often the premise of each law was there. */
  readonly lawsHit?: Readonly<Record<string, number>>;
  readonly unhit: readonly string[];
  readonly why: readonly string[];
  /** Of a target that cannot go back: what was run on it. */
  readonly histories?: {
    readonly runs: number;
    readonly ops: number;
    readonly exercised: number;
    readonly of: number;
  };
  readonly counterexamples: readonly {
    readonly id: string;
    readonly rule: number;
    readonly invariant: string;
    readonly ops: number;
    readonly shrunkFrom: number;
    readonly file: string;
    readonly replay: string;
    /** The steps of an interleaving as a table of processors, a line each. */
    readonly columns?: readonly string[];
  }[];
}

export function explorationJson(result: ReportedExploration): string {
  const { seconds, cpuSeconds, states, transitions, symmetry, counterexamples, ...rest } = result;
  return JSON.stringify({
    ...rest,
    states,
    transitions,
    seconds: Math.round(seconds * 1000) / 1000,
    cpuSeconds: Math.round(cpuSeconds * 1000) / 1000,
    rate: Math.round(transitions / Math.max(seconds, 1e-3)),
    ...(symmetry === undefined
      ? {}
      : { symmetry: { ...symmetry, factor: symmetry.states / symmetry.classes } }),
    counterexamples: counterexamples.map(
      ({ id, rule, invariant, ops, shrunkFrom, file, replay, columns }) => ({
        id,
        rule,
        invariant,
        ops,
        shrunkFrom,
        file,
        replay,
        ...(columns === undefined ? {} : { columns }),
      }),
    ),
  });
}

export function explorationText(result: ReportedExploration): string {
  const counts = (hits: Readonly<Record<string, number>>): string =>
    Object.entries(hits)
      .map(([name, n]) => `${name} ${number(n)}`)
      .join(' · ');
  const { symmetry, histories, seconds, states, transitions } = result;
  const rate = Math.round(transitions / Math.max(seconds, 1e-3));
  return [
    `${result.verdict}  ${forTerminal(result.target)}: ${claim(result)}`,
    `bounds     ${result.bounds}; ops ${result.ops.join(' ')}`,
    ...result.why.map(why => `because    ${forTerminal(why)}`),
    ...(histories === undefined
      ? [
          `explored   ${number(states)} states, ${number(transitions)} transitions in ${seconds.toFixed(1)} s (${number(rate)}/s), ${result.complete ? 'the deepest' : 'all'} within ${result.depth} ops${result.frontier === 0 ? '' : `; ${number(result.frontier)} states not expanded`}`,
          `memory     ${result.bytesPerState.toFixed(0)} bytes a state; the chance that two states were taken for one is ${result.collision.toExponential(0)}`,
        ]
      : [
          `run        ${number(histories.runs)} histories, ${number(histories.ops)} ops in ${seconds.toFixed(1)} s; ${number(histories.exercised)} of the ${number(histories.of)} transitions of this small world`,
        ]),
    `names      ${result.names.length === 0 ? 'every state under its own names' : `${result.names.join(', ')}: states that differ in those only are one`}`,
    ...(result.assumed === undefined ? [] : [`assumed    ${result.assumed}`]),
    ...(symmetry === undefined ? [] : [`symmetry   ${proved(symmetry)}`]),
    ...(result.resumed ? ['counted    since it went on'] : []),
    `ops        ${counts(result.opsHit)}`,
    ...(Object.keys(result.branchesHit).length === 0 ? [] : [`handler    ${counts(result.branchesHit)}`]),
    ...(result.lawsHit === undefined ? [] : [`laws       ${counts(result.lawsHit)}`]),
    ...(Object.keys(result.rulesHit).length === 0 ? [] : [rules(result.rulesHit)]),
    ...(result.unhit.length === 0 || result.resumed ? [] : [`never seen ${result.unhit.join(', ')}`]),
  ].join('\n');
}

function rules(hits: Readonly<Record<string, number>>): string {
  return `rules      ${Object.entries(hits)
    .map(([id, n]) => (n > 0 ? id : `${id} (never)`))
    .join(' ')}`;
}

/** What may be said: never that it is right. */
function claim(result: ReportedExploration): string {
  switch (result.verdict) {
    case 'violated':
      return `${number(result.counterexamples.length)} ${result.counterexamples.length === 1 ? 'law' : 'laws'} broken within these bounds`;
    case 'inconclusive':
      return 'nothing can be said';
    case 'held':
      return result.complete
        ? 'no violation within these bounds, and they were searched to the end'
        : `no violation in any history of at most ${result.depth} ops within these bounds`;
  }
}

function proved(symmetry: NonNullable<ReportedExploration['symmetry']>): string {
  const { states, complete, classes, missing, extra, apart } = symmetry;
  if (!complete) return `not proved: the ${number(states)} states seen so far are not all`;
  const factor = (states / classes).toFixed(0);
  return missing + extra + apart === 0
    ? `proved: ${number(states)} states under their own names are these ${number(classes)} (${factor} to 1), none missing, none beside them, all that are one going on alike`
    : `NOT TRUE HERE: of ${number(classes)} classes of ${number(states)} states ${number(missing)} were not seen, ${number(extra)} were seen beside them, and ${number(apart)} states go on in other ways than their class`;
}

/** The progress of an exploration on one line. */
export function explorationProgress(progress: {
  readonly target: string;
  readonly seconds: number;
  readonly depth: number;
  readonly states: number;
  readonly frontier: number;
  readonly transitions: number;
  readonly rate: number;
}): string {
  const short = (n: number): string =>
    n >= 1e6 ? `${(n / 1e6).toFixed(1)}M` : n >= 1e4 ? `${Math.round(n / 1e3)}k` : String(Math.round(n));
  return `explore ${forTerminal(progress.target)}: ${Math.round(progress.seconds)}s, depth ${progress.depth}, states ${short(progress.states)} (${short(progress.rate)}/s), frontier ${short(progress.frontier)}, transitions ${short(progress.transitions)}`;
}
