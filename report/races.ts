// The report of a search for races: a race in two columns, and what was tried.
import type { RaceProgress, RacesTried, RaceStory } from '../spec/race.ts';
import { forTerminal } from './escape.ts';

const WIDTH = 34;

/** Who did what where, in two columns. */
export function storyLines({ title, racers, steps }: RaceStory, target: string): readonly string[] {
  const row = (number: string, role: 0 | 1, did: string, where: string): string => {
    const columns = role === 0 ? [did, ''] : ['', did];
    return `  ${number.padStart(4)}    ${columns.map(one => forTerminal(one).padEnd(WIDTH)).join('')}${forTerminal(where)}`.trimEnd();
  };
  const [one, other] = racers;
  return [
    `race      ${forTerminal(title)}; target ${forTerminal(target)}`,
    `          ${one.padEnd(WIDTH)}${other}`,
    ...steps.map((step, i) => row(String(i + 1), step.role, step.did, step.where)),
  ];
}

/** The verdict and its bounds. */
export function racesText(result: RacesTried, target: string): string {
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
    `${verdict}  races ${forTerminal(target)}: ${tried} in ${result.seconds.toFixed(1)} s`,
    ...result.why.map(why => `because    ${forTerminal(why)}`),
    `bounds     two ops at once of ${result.ops.join(' ')}; one frame; one to three sharers, and no free memory; ${result.preemptions === 1 ? 'one hart held once' : `each hart held once (${one} with one held, ${two} with both)`}, before an access to count or frame or at one of three locks behind it`,
    `counts     ${forTerminal(result.counts)}`,
    ...triedLines(result),
  ].join('\n');
}

/** What of the schedules came to nothing, and why. */
export function triedLines(result: RacesTried): readonly string[] {
  return [
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
        `alone      ${forTerminal(kind)} already when one op follows the other, in ${times} races: cowcheck fuzz --smp 1 finds out why`,
    ),
  ];
}

/** The progress of a search for races on one line. */
export function racesProgress(target: string, progress: RaceProgress): string {
  return `races ${forTerminal(target)}: ${Math.round(progress.seconds)}s, races ${progress.races.join('/')}, schedules ${progress.schedules}, violations ${progress.found}`;
}
