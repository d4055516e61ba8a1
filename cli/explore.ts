// cowcheck explore: every state of a small world, or every history of it on a target that cannot go back.
import { type Bounds, BOUNDS } from '../explorer/bounds.ts';
import type { Mutant } from '../model/mutants/mutant.ts';
import { explorationJson, explorationText, type ReportedExploration } from '../report/exploration.ts';
import { violationText } from '../report/text.ts';
import { prepareFolder, Store } from '../runner/store.ts';
import { OP_NAMES, type OpName } from '../spec/op.ts';
import type { Target } from '../spec/target.ts';
import { mutants } from '../targets/model/mutants.ts';
import { Console } from './console.ts';
import { UsageError } from './exit.ts';
import { boundsInWords, type Desk, type ExploreFlags } from './exploration.ts';
import { exploreModel, spaceOfModel } from './explore-model.ts';
import { exploreSteps, stepMutantOf } from './explore-steps.ts';
import { exploreTarget } from './explore-target.ts';
import { exitOf, unsaved } from './fuzz.ts';
import { onInterrupt } from './interrupt.ts';
import { replayWords, targetOf } from './target.ts';

/** Ops of `--ops all`. */
const ALL: readonly OpName[] = [
  'fork',
  'vfork',
  'exec',
  'exit',
  'wait',
  'kill',
  'read',
  'write',
  'kread',
  'kwrite',
  'mmap',
  'munmap',
  'mprotect',
  'failalloc',
];

/** Returns the exit code. */
export async function exploreCommand(name: string | undefined, flags: ExploreFlags): Promise<number> {
  const out = new Console();
  const stepped = await stepMutantOf(name);
  if (flags.serve === true) return serveCommand(name, flags, out);
  const steps = flags.cpus !== undefined || stepped !== undefined;
  if (flags.threads !== undefined && !steps)
    throw new UsageError(
      '--threads is about processors, and --cpus was not given; type for example: --cpus 3',
    );
  const target = steps ? undefined : await targetOf(name, flags, 'model');
  const mutant = target === undefined ? undefined : await mutantOf(target);
  prepareFolder(flags.output);
  const interrupt = onInterrupt(out);
  const words = replayWords(name, flags);
  const typed = <Found extends { readonly replay: string }>(found: Found): Found =>
    steps || found.replay === '' ? found : { ...found, replay: `${found.replay}${words}` };
  const desk: Desk = {
    store: new Store(flags.output, flags.regressions),
    out,
    interrupt,
    onFound: found => (flags.json === true ? undefined : out.print(`${violationText(typed(found))}\n`)),
    onUnsaved: (trace, why) => out.say(unsaved(trace, why)),
  };
  let result: ReportedExploration;
  try {
    result =
      target === undefined
        ? await exploreSteps(name ?? 'model', stepped, flags, desk)
        : target.name === 'model' || mutant !== undefined
          ? await exploreModel(target, mutant, boundsOf(flags), flags, desk)
          : await exploreTarget(target, boundsOf(flags), flags, desk);
  } finally {
    interrupt.release();
    out.clear();
  }
  result = { ...result, counterexamples: result.counterexamples.map(typed) };
  out.print(flags.json === true ? explorationJson(result) : explorationText(result));
  return interrupt.code() ?? exitOf(result);
}

/** Serves the states of the model, or of a mutant, as pages; until it is interrupted. */
async function serveCommand(name: string | undefined, flags: ExploreFlags, out: Console): Promise<number> {
  const target = await targetOf(name, flags, 'model');
  const mutant = await mutantOf(target);
  if (flags.cpus !== undefined || (target.name !== 'model' && mutant === undefined))
    throw new UsageError(
      `--serve walks through the states of the model or of a mutant; type for example: cowcheck explore model --serve`,
    );
  const bounds = boundsOf(flags);
  const walker = new (await import('../explorer/walk.ts')).Walker(await spaceOfModel(mutant, bounds, flags));
  const about = `${target.name}: ${boundsInWords(bounds)}`;
  return (await import('./serve.ts')).serve(walker, { port: flags.port ?? 0, out, about });
}

/** The mutant that a target is; undefined for the model itself and for what is neither. */
async function mutantOf(target: Target): Promise<Mutant | undefined> {
  if (!target.name.startsWith('mutant:')) return undefined;
  return (await mutants()).find(mutant => `mutant:${mutant.name}` === target.name);
}

/** The bounds that the flags mean. Throws UsageError where one process does not fit. */
function boundsOf(flags: ExploreFlags): Bounds {
  const { procs: processes = BOUNDS.processes, pages = BOUNDS.pages, values = BOUNDS.values, ops } = flags;
  const { frames = processes * pages } = flags;
  if (frames < pages)
    throw new UsageError(
      `--frames ${frames} cannot hold the ${pages} pages of one process; type for example: --frames ${processes * pages}`,
    );
  return { processes, pages, frames, values, ops: ops === 'all' ? ALL : namesOf(ops ?? BOUNDS.ops) };
}

/** Throws UsageError for a name of what only interleaves. */
function namesOf(ops: readonly string[]): readonly OpName[] {
  const known = (name: string): name is OpName => (OP_NAMES as readonly string[]).includes(name);
  const lost = ops.find(name => !known(name));
  if (lost !== undefined)
    throw new UsageError(`${lost} is an op where steps interleave; type for example: --cpus 3 --ops ${lost}`);
  return ops.filter(known);
}
