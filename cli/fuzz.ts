// cowcheck fuzz: searches a target and reports.
import { join } from 'node:path';
import type { Profile } from '../properties/generator/profile.ts';
import { githubReport } from '../report/github.ts';
import { jsonReport } from '../report/json.ts';
import { junitReport } from '../report/junit.ts';
import { progressLine, summaryText, violationText } from '../report/text.ts';
import type { CampaignResult } from '../runner/campaign.ts';
import { DEFAULT_TIME } from '../runner/budget.ts';
import { fuzz } from '../runner/fuzz.ts';
import type { Counterexample } from '../runner/findings.ts';
import { prepareFolder, Store, StoreError, writeAtomically } from '../runner/store.ts';
import { checkWishes } from '../runner/worlds.ts';
import type { OpName } from '../spec/op.ts';
import { Console } from './console.ts';
import { exitOf, UsageError } from './exit.ts';
import { onInterrupt } from './interrupt.ts';
import { regressionsOf } from './regressions.ts';
import { type Reporter, seedFrom } from './options.ts';
import { asTyped, type ProgramFlags, replayWords, targetOf } from './target.ts';
import { unsaved } from './unsaved.ts';

export interface FuzzFlags extends ProgramFlags {
  readonly time?: number;
  readonly runs?: number;
  readonly seed?: number;
  readonly maxOps: number;
  readonly profile: Profile | 'all';
  readonly ops?: readonly OpName[];
  readonly procs?: number;
  readonly pages?: number;
  readonly frames?: number;
  readonly soak?: boolean;
  readonly inspect: 'full' | 'none';
  readonly require?: 'all';
  readonly shard?: { readonly index: number; readonly count: number };
  readonly bail?: number;
  readonly shrink: boolean;
  readonly shrinkTime: number;
  readonly regressions: string;
  readonly output: string;
  readonly reporter?: readonly Reporter[];
  readonly json?: boolean;
}

/** Returns the exit code. */
export async function fuzzCommand(name: string | undefined, flags: FuzzFlags): Promise<number> {
  const out = new Console();
  const seed = seedFrom(flags.seed, process.env['COWCHECK_SEED']);
  const target = await targetOf(name, flags, 'model');
  const words = replayWords(name, flags);
  const typed = (found: Counterexample): Counterexample => asTyped(found, words);
  const shape = {
    ...(flags.procs === undefined ? {} : { processes: flags.procs }),
    ...(flags.pages === undefined ? {} : { pages: flags.pages }),
    ...(flags.frames === undefined ? {} : { frames: flags.frames }),
  };
  if (flags.soak === true && Object.keys(shape).length > 0)
    throw new UsageError(
      '--soak takes worlds of every shape, and --procs, --pages and --frames ask for one; type for example: cowcheck fuzz --soak --time 10m',
    );
  checkWishes(shape, target.limits);
  prepareFolder(flags.output);
  const store = new Store(flags.output, flags.regressions);
  const regressions = await regressionsOf(store, target.name);
  const reporters = flags.json === true ? (['json'] as const) : (flags.reporter ?? defaultReporters());
  const text = reporters.includes('text');
  const interrupt = onInterrupt(out);
  if (text) out.say(`cowcheck: fuzz ${target.name}, seed ${seed}${budget(flags)}`);
  let result: CampaignResult;
  try {
    result = await fuzz({
      target,
      profile: flags.profile,
      shape,
      soak: flags.soak === true,
      seed,
      ...(flags.runs === undefined ? {} : { runs: flags.runs }),
      ...(flags.time === undefined && flags.runs !== undefined ? {} : { time: flags.time ?? DEFAULT_TIME }),
      maxOps: flags.maxOps,
      ...(flags.ops === undefined ? {} : { ops: flags.ops }),
      inspect: flags.inspect,
      ...(flags.shard === undefined ? {} : { shard: flags.shard }),
      ...(flags.bail === undefined ? {} : { bail: flags.bail }),
      shrinkTime: flags.shrink ? flags.shrinkTime : 0,
      requireAll: flags.require === 'all',
      regressions,
      store,
      signal: interrupt.signal,
      progressEvery: out.every,
      onProgress: progress => out.progress(progressLine(progress)),
      onUnsaved: (trace, why) => out.say(unsaved(trace, why)),
      ...(text ? { onFound: found => out.print(`${violationText(typed(found))}\n`) } : {}),
    });
  } finally {
    interrupt.release();
    out.clear();
  }
  result = { ...result, counterexamples: result.counterexamples.map(typed) };
  keep('the summary of this run', out, () =>
    store.saveRun(new Date().toISOString(), JSON.parse(jsonReport(result))),
  );
  for (const reporter of reporters) report(reporter, result, flags.output, out);
  return interrupt.code() ?? exitOf(result);
}

function budget(flags: FuzzFlags): string {
  if (flags.runs !== undefined) return `, ${flags.runs.toLocaleString('en-US')} runs`;
  return `, ${(flags.time ?? DEFAULT_TIME) / 1000} s`;
}

function defaultReporters(): readonly Reporter[] {
  return process.env['GITHUB_ACTIONS'] === 'true' ? ['text', 'github'] : ['text'];
}

function report(reporter: Reporter, result: CampaignResult, output: string, out: Console): void {
  switch (reporter) {
    case 'text':
      return out.print(summaryText(result));
    case 'json':
      return out.print(jsonReport(result));
    case 'github':
      return out.print(githubReport(result));
    case 'junit': {
      const path = join(output, 'junit.xml');
      return keep('the JUnit report', out, () => {
        writeAtomically(path, junitReport(result));
        out.say(`cowcheck: JUnit report in ${path}`);
      });
    }
  }
}

/** Does what a full disk may prevent; the result stands all the same. */
function keep(what: string, out: Console, write: () => void): void {
  try {
    write();
  } catch (cause) {
    if (!(cause instanceof StoreError)) throw cause;
    out.say(`cowcheck: ${what} could not be saved: ${cause.message}`);
  }
}
