// cowcheck explore: every state of a small world, or every history of it on a target that cannot go back.
import { type Bounds, BOUNDS } from '../explorer/bounds.ts';
import type { Mutant } from '../model/mutants/mutant.ts';
import { explorationJson, explorationText, type ReportedExploration } from '../report/exploration.ts';
import { violationText } from '../report/text.ts';
import type { Counterexample } from '../runner/investigation.ts';
import { prepareFolder, Store } from '../runner/store.ts';
import type { OpName } from '../spec/op.ts';
import type { Target } from '../spec/target.ts';
import type { Trace } from '../spec/trace.ts';
import { mutants } from '../targets/model/mutants.ts';
import { Console } from './console.ts';
import { EXIT, UsageError } from './exit.ts';
import { exploreModel } from './explore-model.ts';
import { exploreTarget } from './explore-target.ts';
import { unsaved } from './fuzz.ts';
import { type Interrupt, onInterrupt } from './interrupt.ts';
import { type ProgramFlags, targetOf } from './target.ts';

export interface ExploreFlags extends ProgramFlags {
  readonly procs?: number;
  readonly pages?: number;
  readonly frames?: number;
  readonly values?: number;
  readonly depth?: number;
  readonly ops?: readonly OpName[] | 'all';
  readonly time?: number;
  readonly states?: number;
  readonly bail?: number;
  readonly proveSymmetry?: boolean;
  readonly output: string;
  readonly regressions: string;
  readonly json?: boolean;
}

/** Ops of `--ops all`: those whose states a small world can be searched to the end with. */
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

/** What an exploration works with beside its flags. */
export interface Desk {
  readonly store: Store;
  readonly out: Console;
  readonly interrupt: Interrupt;
  readonly onFound: (found: Counterexample) => void;
  readonly onUnsaved: (trace: Trace, why: string) => void;
}

/** Returns the exit code. */
export async function exploreCommand(name: string | undefined, flags: ExploreFlags): Promise<number> {
  const out = new Console();
  const target = await targetOf(name, flags, 'model');
  const mutant = await mutantOf(target);
  const bounds = boundsOf(flags);
  prepareFolder(flags.output);
  const interrupt = onInterrupt(out);
  const desk: Desk = {
    store: new Store(flags.output, flags.regressions),
    out,
    interrupt,
    onFound: found => (flags.json === true ? undefined : out.print(`${violationText(found)}\n`)),
    onUnsaved: (trace, why) => out.say(unsaved(trace, why)),
  };
  let result: ReportedExploration;
  try {
    result =
      target.name === 'model' || mutant !== undefined
        ? await exploreModel(target, mutant, bounds, flags, desk)
        : await exploreTarget(target, bounds, flags, desk);
  } finally {
    interrupt.release();
    out.clear();
  }
  out.print(flags.json === true ? explorationJson(result) : explorationText(result));
  return interrupt.code() ?? exitOf(result);
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
  return { processes, pages, frames, values, ops: ops === 'all' ? ALL : (ops ?? BOUNDS.ops) };
}

export function boundsInWords({ processes, pages, frames, values }: Bounds): string {
  return `${processes} processes, ${pages} pages of data, ${frames} frames, ${values} values`;
}

function exitOf({ verdict }: Pick<ReportedExploration, 'verdict'>): number {
  switch (verdict) {
    case 'held':
      return EXIT.held;
    case 'violated':
      return EXIT.violated;
    case 'inconclusive':
      return EXIT.inconclusive;
  }
}
