// cowcheck explore: every state of a small world, or every history of it on a target that cannot go back.
import { explorationJson, explorationText } from '../report/exploration.ts';
import { violationText } from '../report/text.ts';
import type { Counterexample } from '../runner/findings.ts';
import { prepareFolder, Store } from '../runner/store.ts';
import { Console } from './console.ts';
import { exitOf, UsageError } from './exit.ts';
import {
  boundsInWords,
  type Desk,
  type ExploreFlags,
  type ExploreResult,
  type SteppedCounterexample,
} from './exploration.ts';
import { boundsOf, exploring, hasSteps, mutantOf } from './exploring.ts';

import { onInterrupt } from './interrupt.ts';
import { asTyped, replayWords, targetOf } from './target.ts';
import { unsaved } from './unsaved.ts';

/** Returns the exit code. */
export async function exploreCommand(name: string | undefined, flags: ExploreFlags): Promise<number> {
  const out = new Console();
  const steps = flags.cpus !== undefined || (await hasSteps(name));
  refuseIdle(flags, steps);
  if (flags.serve === true) return serveCommand(name, flags, out);
  const target = steps ? (name ?? 'model') : await targetOf(name, flags, 'model');
  prepareFolder(flags.output);
  const interrupt = onInterrupt(out);
  const words = steps ? '' : replayWords(name, flags);
  const typed = <Found extends { readonly replay: string }>(found: Found): Found => asTyped(found, words);
  const quiet = flags.json === true;
  const desk: Desk = {
    store: new Store(flags.output, flags.regressions),
    output: flags.output,
    onBegin: line => (quiet ? undefined : out.say(line)),
    say: line => out.say(line),
    onProgress: line => out.progress(line),
    progressEvery: out.every,
    signal: interrupt.signal,
    onFound: found => (quiet ? undefined : out.print(`${foundText(typed(found))}\n`)),
    onUnsaved: (trace, why) => out.say(unsaved(trace, why)),
  };
  let result: ExploreResult;
  try {
    result = await exploring(target, flags, desk);
  } finally {
    interrupt.release();
    out.clear();
  }
  result = { ...result, counterexamples: result.counterexamples.map(typed) };
  out.print(flags.json === true ? explorationJson(result) : explorationText(result));
  return interrupt.code() ?? exitOf(result);
}

/** Throws UsageError for flags that would change nothing here. */
function refuseIdle(flags: ExploreFlags, steps: boolean): void {
  const refuse = (given: readonly (keyof ExploreFlags)[], why: string): void => {
    const idle = given.find(flag => flags[flag] !== undefined && flags[flag] !== false);
    if (idle === undefined) return;
    const words = idle.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
    throw new UsageError(`--${words} has no use ${why}; leave it out, or see: cowcheck explore --help`);
  };
  if (steps)
    refuse(
      ['command', 'kernel', 'disk', 'smp', 'sandbox'],
      'where steps interleave: they are those of the built-in model or of a mutant',
    );
  if (flags.serve === true)
    refuse(['proveSymmetry', 'json', 'depth', 'states', 'time', 'bail'], 'with --serve');
  else refuse(['port'], 'without --serve');
}

function foundText(found: Counterexample | SteppedCounterexample): string {
  if (!('columns' in found)) return violationText(found);
  const saved = found.file === '' ? [] : [`saved     ${found.file}`];
  return [...found.columns, ...saved, `replay    ${found.replay}`].join('\n');
}

/** Serves the states of the model or of a mutant, or of interleaved steps, as pages; until it is interrupted. */
async function serveCommand(name: string | undefined, flags: ExploreFlags, out: Console): Promise<number> {
  const { Walker } = await import('../explorer/walk.ts');
  const { serve } = await import('./serve.ts');
  const options = { port: flags.port ?? 0, out };
  if (flags.cpus !== undefined || (await hasSteps(name))) {
    const { walkOfSteps } = await import('./explore-steps.ts');
    const { walk, words } = await walkOfSteps(name ?? 'model', flags);
    return serve(new Walker(walk), { ...options, about: `${name ?? 'model'}: ${words}` });
  }
  const target = await targetOf(name, flags, 'model');
  const mutant = await mutantOf(target);
  if (target.name !== 'model' && mutant === undefined)
    throw new UsageError(
      `--serve walks through the states of the model or of a mutant; type for example: cowcheck explore model --serve`,
    );
  const bounds = boundsOf(flags);
  const { spaceOfModel } = await import('./explore-model.ts');
  const space = await spaceOfModel(mutant, bounds, flags);
  return serve(new Walker(space), { ...options, about: `${target.name}: ${boundsInWords(bounds)}` });
}
