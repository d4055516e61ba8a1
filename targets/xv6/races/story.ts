// A race told: what each racer did, where in the kernel's source, and which kind of mistake it shows.
import type { Finding } from '../../../spec/trace.ts';
import type { RaceFound, RaceStep } from '../../../spec/race.ts';
import { HARTS } from './booted.ts';
import type { Happening } from './happening.ts';
import type { Found } from './judge.ts';
import { linesOf } from './lines.ts';
import { kindOf, racersOf, type Schedule, sharersOf } from './race.ts';
import { traceOf } from './trace.ts';
import type { Wrong } from './wrong.ts';

/** Names of mistakes are those of the bug history; see docs/races.md. */
const MISTAKES = {
  count:
    'an update was lost: a racer stored what it had worked out from a count that was no longer so (B99: plain increments and decrements; B102: two locks for one counter)',
  published: 'the frame could be taken before its count was settled (B101: frame published before its count)',
  copy: 'the frame was changed or freed before it was copied (B103: source frame freed while being copied)',
  twice: 'each racer broke the sharing as if the other did not (B105: two threads break the same page)',
  decision:
    'what was decided from a count was no longer so when it was acted on (B106: decision kept across a dropped lock)',
} as const;
export type Mistake = keyof typeof MISTAKES;

export function mistakeOf({ ops }: Schedule, happenings: readonly Happening[], wrong: Wrong): Mistake {
  if (wrong.invariant === 'contents.nothing-else-changes') return 'copy';
  if (ops.includes('G')) return 'published';
  if (losesUpdate(happenings)) return 'count';
  return ops.every(letter => letter === 'W' || letter === 'K') ? 'twice' : 'decision';
}

/** Did somebody store a count whose value was not the one it had read last? */
function losesUpdate(happenings: readonly Happening[]): boolean {
  const read: (number | undefined)[] = [];
  for (const one of happenings) {
    if (one.kind !== 'touch' || one.word !== 'count') continue;
    if (one.access === 'writes' && read[one.role] !== undefined && read[one.role] !== one.before) return true;
    read[one.role] = one.after;
  }
  return false;
}

/** What each racer does and how many processes have the page, in words. */
export function titleOf(schedule: Schedule): string {
  const [one, other] = schedule.ops.map(letter => kindOf(letter).what);
  const [first, second] = racersOf(schedule);
  const sharers = sharersOf(schedule);
  return `${first}: ${one} | ${second}: ${other}; ${sharers} ${sharers === 1 ? 'process has' : 'processes have'} the page${schedule.outOfMemory ? ', no frame is free' : ''}`;
}

/** `kernel`: its file, for its source lines. */
async function stepsOf(happenings: readonly Happening[], kernel: string): Promise<readonly RaceStep[]> {
  const lines = await linesOf(
    kernel,
    happenings.flatMap(one => ('pc' in one && one.pc > 0 ? [one.pc] : [])),
  );
  return happenings.map((one): RaceStep => {
    const where = 'pc' in one ? (lines.get(one.pc) ?? (one.pc > 0 ? `0x${one.pc.toString(16)}` : '')) : '';
    return { role: one.role, did: doneIn(one), where };
  });
}

function doneIn(one: Happening): string {
  switch (one.kind) {
    case 'touch': {
      const word = one.word === 'count' ? 'count' : 'frame';
      if (one.access === 'reads')
        return one.word === 'count' ? `reads count ${one.before}` : 'reads the frame';
      return one.word === 'count'
        ? `${one.access} ${word} ${one.before} -> ${one.after}`
        : 'writes the frame';
    }
    case 'held':
      return 'is held here';
    case 'waits':
      return one.lock === undefined ? 'sleeps' : `waits for the lock in ${one.lock}`;
    case 'done':
      return 'is done';
    case 'killed':
      return 'is killed';
  }
}

/** A race as a trace with its finding, and in words. `kernel`: its file. */
export async function told(
  { schedule, wrong, happenings, reproduced }: Found,
  { name, kernel }: { readonly name: string; readonly kernel: string },
): Promise<RaceFound> {
  const trace = traceOf(schedule);
  const alone =
    wrong.alone === undefined ? '' : `; one op after the other leaves ${wrong.alone} of that kind`;
  const finding: Finding = {
    rule: wrong.rule,
    invariant: wrong.invariant,
    at: trace.ops.length - 1,
    required: wrong.required.slice(0, 2000),
    found: `${wrong.found.slice(0, 2000)}${alone}`,
    because: MISTAKES[mistakeOf(schedule, happenings, wrong)],
    target: name,
    identity: { harts: String(HARTS) },
    reproduced,
    shrunkFrom: trace.ops.length,
  };
  return {
    trace: { ...trace, finding },
    story: {
      title: titleOf(schedule),
      racers: racersOf(schedule),
      steps: await stepsOf(happenings, kernel),
    },
  };
}
