// cowcheck races: two ops at once on a real kernel, one hart held on purpose; and the replay of what it found.
import { raceText, racesJson, racesProgress, type ReportedRace, racesText } from '../report/races.ts';
import { idOf, prepareFolder, Store } from '../runner/store.ts';
import { readTrace } from '../runner/trace-file.ts';
import type { Finding, Trace } from '../spec/trace.ts';
import type { RaceOptions } from '../targets/xv6/races/booted.ts';
import { raceOptions } from '../targets/xv6/races/options.ts';
import { type Kind, RACING, type Schedule } from '../targets/xv6/races/race.ts';
import { replayRace } from '../targets/xv6/races/replay.ts';
import { type Found, searchRaces } from '../targets/xv6/races/search.ts';
import { findingOf, stepsOf, titleOf } from '../targets/xv6/races/story.ts';
import { scheduleOf, traceOf } from '../targets/xv6/races/trace.ts';
import { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';
import { unsaved } from './unsaved.ts';
import { onInterrupt } from './interrupt.ts';
import { machineWords } from './target.ts';
import type { SavedTrace } from './traces.ts';

/** Milliseconds: many times what one pass takes. */
const DEFAULT_TIME = 600_000;

export interface RacesFlags {
  readonly kernel?: string | undefined;
  readonly disk?: string | undefined;
  readonly preemptions: 1 | 2;
  readonly ops?: readonly Kind['op'][];
  readonly time?: number;
  readonly bail: number;
  readonly output: string;
  readonly regressions: string;
  readonly json?: boolean;
}

/** Returns the exit code. */
export async function racesCommand(name: string, flags: RacesFlags): Promise<number> {
  const out = new Console();
  const options = await kernelOf(name, flags);
  prepareFolder(flags.output);
  const store = new Store(flags.output, flags.regressions);
  const first = store.regressionsOf(name).flatMap(path => {
    const trace = readTrace(path);
    return trace.schedule === undefined ? [] : [scheduleOf(trace)];
  });
  const interrupt = onInterrupt(out);
  const time = flags.time ?? DEFAULT_TIME;
  if (flags.json !== true) out.say(`cowcheck: races ${name}, ${time / 1000} s`);
  const reported: ReportedRace[] = [];
  try {
    const result = await searchRaces(options, {
      preemptions: flags.preemptions,
      ...(flags.ops === undefined ? {} : { ops: flags.ops }),
      first,
      time,
      bail: flags.bail,
      signal: interrupt.signal,
      progressEvery: out.every,
      onProgress: progress => out.progress(racesProgress(name, progress)),
      onFound: async found => {
        const race = await savedRace(found, options, flags, store, out);
        reported.push(race);
        if (flags.json !== true) out.print(`${raceText(race)}\n`);
      },
    });
    const all = {
      ...result,
      target: name,
      preemptions: flags.preemptions,
      ops: flags.ops ?? RACING,
      found: reported,
    };
    out.print(flags.json === true ? racesJson(all) : racesText(all));
    const { verdict } = result;
    return (
      interrupt.code() ??
      (verdict === 'race' ? EXIT.violated : verdict === 'none' ? EXIT.held : EXIT.inconclusive)
    );
  } finally {
    interrupt.release();
    out.clear();
  }
}

async function kernelOf(name: string, flags: Pick<RacesFlags, 'kernel' | 'disk'>): Promise<RaceOptions> {
  const options = await raceOptions(name, flags);
  if (options !== undefined) return options;
  throw new UsageError(
    `races holds the harts of a kernel in QEMU, and ${JSON.stringify(name.slice(0, 80))} is none; it takes xv6, calf or calf:DEFECT; type: cowcheck races xv6 --kernel kernel/kernel --disk fs.img`,
  );
}

/** Saves a race; what cannot be saved is printed whole. */
async function savedRace(
  { schedule, wrong, happenings, reproduced }: Found,
  options: RaceOptions,
  flags: RacesFlags,
  store: Store,
  out: Console,
): Promise<ReportedRace> {
  const bare = traceOf(schedule);
  const rest = { target: options.name, identity: { harts: '2' }, reproduced };
  const trace = { ...bare, finding: findingOf(schedule, wrong, happenings, bare.ops.length, rest) };
  const id = idOf(trace);
  let file = '';
  try {
    file = store.saveCrash(id, trace);
  } catch (cause) {
    out.say(unsaved(trace, (cause as Error).message));
  }
  return {
    id,
    title: titleOf(schedule),
    trace,
    steps: await stepsOf(happenings, options.kernel),
    file,
    replay: file === '' ? '' : `npx cowcheck replay ${file}${machineWords(flags)}`,
  };
}

export interface RaceReplay {
  readonly target?: string;
  readonly kernel?: string | undefined;
  readonly disk?: string | undefined;
  readonly repeat: number;
  readonly json?: boolean;
}

/** Replays a saved race. Returns the exit code, and what --json prints. */
export async function replayRaceOf(
  { path, trace }: SavedTrace,
  flags: RaceReplay,
  out: Console,
): Promise<{ readonly code: number; readonly record: unknown }> {
  const schedule = scheduleOf(trace);
  const name = flags.target ?? trace.finding?.target ?? 'calf';
  const options = await kernelOf(name, flags);
  const outcomes = await replayRace(options, schedule, flags.repeat);
  const shown = outcomes.find(one => one.verdict === 'violated');
  const times = outcomes.filter(one => one.verdict === 'violated').length;
  const unclear = outcomes.flatMap(one => (one.verdict === 'inconclusive' ? [one.why] : []));
  const reproduced = { times, of: outcomes.length };
  const code =
    times === outcomes.length
      ? EXIT.violated
      : times > 0 || unclear.length > 0
        ? EXIT.inconclusive
        : EXIT.held;
  const verdict = code === EXIT.violated ? 'violated' : code === EXIT.held ? 'held' : 'inconclusive';
  const ops = trace.ops.length;
  const finding: Finding | undefined =
    shown === undefined
      ? undefined
      : findingOf(schedule, shown.wrong, shown.happenings, ops, {
          target: name,
          identity: { harts: '2' },
          reproduced,
        });
  if (flags.json !== true) {
    if (finding !== undefined && shown !== undefined)
      out.print(raceText(await told(schedule, trace, finding, shown.happenings, options, path)));
    if (verdict !== 'violated')
      out.print(
        `${verdict}  ${path} on ${name}: the race shows ${times} of ${outcomes.length} times${unclear[0] === undefined ? '' : `; ${unclear[0]}`}`,
      );
  }
  const record = {
    verdict,
    target: name,
    file: path,
    ...(finding === undefined
      ? {}
      : {
          rule: finding.rule,
          invariant: finding.invariant,
          required: finding.required,
          found: finding.found,
        }),
    reproduced,
    why: unclear,
  };
  return { code, record };
}

async function told(
  schedule: Schedule,
  trace: Trace,
  finding: Finding,
  happenings: Found['happenings'],
  options: RaceOptions,
  file: string,
): Promise<ReportedRace> {
  return {
    id: '',
    title: titleOf(schedule),
    trace: { ...trace, finding },
    steps: await stepsOf(happenings, options.kernel),
    file,
    replay: '',
  };
}
