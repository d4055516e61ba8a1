// cowcheck races: two ops at once on a real kernel, one hart held on purpose; and the replay of what it found.
import { racesJson } from '../report/json.ts';
import { racesProgress, racesText } from '../report/races.ts';
import { violationText } from '../report/text.ts';
import { type Counterexample, Findings } from '../runner/findings.ts';
import { prepareFolder, Store } from '../runner/store.ts';
import type { RaceOptions } from '../targets/xv6/races/booted.ts';
import { raceOptions } from '../targets/xv6/races/options.ts';
import type { Kind } from '../targets/xv6/races/race.ts';
import { replayRace } from '../targets/xv6/races/replay.ts';
import { searchRaces } from '../targets/xv6/races/search.ts';
import { told } from '../targets/xv6/races/story.ts';
import { scheduleOf } from '../targets/xv6/races/trace.ts';
import { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';
import { unsaved } from './unsaved.ts';
import { onInterrupt } from './interrupt.ts';
import { regressionsOf } from './regressions.ts';
import { asTyped, machineWords } from './target.ts';
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
  const kept = await regressionsOf(store, name).then(all => all.filter(({ trace }) => trace.schedule));
  const interrupt = onInterrupt(out);
  const time = flags.time ?? DEFAULT_TIME;
  const words = machineWords(flags);
  const typed = (found: Counterexample): Counterexample => asTyped(found, words);
  const findings = new Findings({
    store,
    regressions: kept,
    onUnsaved: (trace, why) => out.say(unsaved(trace, why)),
    ...(flags.json === true ? {} : { onFound: found => out.print(`${violationText(typed(found))}\n`) }),
  });
  if (flags.json !== true) out.say(`cowcheck: races ${name}, ${time / 1000} s`);
  try {
    const result = await searchRaces(options, {
      preemptions: flags.preemptions,
      ...(flags.ops === undefined ? {} : { ops: flags.ops }),
      first: kept.map(({ trace }) => trace),
      time,
      bail: flags.bail,
      signal: interrupt.signal,
      progressEvery: out.every,
      onProgress: progress => out.progress(racesProgress(name, progress)),
      onFound: ({ trace, story }) => findings.add(trace, { race: story }),
    });
    out.print(
      flags.json === true ? racesJson(result, name, findings.all.map(typed)) : racesText(result, name),
    );
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
  const race =
    shown === undefined
      ? undefined
      : await told({ schedule, wrong: shown.wrong, happenings: shown.happenings, reproduced }, options);
  const finding = race?.trace.finding;
  if (flags.json !== true) {
    if (race !== undefined) {
      const { rule, invariant, shrunkFrom } = race.trace.finding;
      const rest = { id: '', rule, invariant, shrunkFrom, ops: trace.ops.length, file: path, replay: '' };
      out.print(violationText({ ...rest, trace: race.trace, race: race.story }));
    }
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
