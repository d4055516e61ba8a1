// Replaying interleaved steps: does the order that broke a law still break it, on the kernel it was found on or on another?
import { follow } from '../explorer/schedule.ts';
import { forTerminal } from '../report/escape.ts';
import { columns, interleavingText } from '../report/interleaving.ts';
import type { InterleavedTrace } from '../spec/interleaved-trace.ts';
import type { Console } from './console.ts';
import { exitOf, UsageError } from './exit.ts';
import { stepMutantOf } from './explore-steps.ts';
import type { Saved } from './traces.ts';

export interface StepsReplay {
  readonly target?: string;
  readonly repeat: number;
  readonly trace?: boolean;
  readonly json?: boolean;
}

/** Returns the exit code, and what --json prints. Throws UsageError for a target that has no steps. */
export async function replaySteps(
  { path, trace }: Saved<InterleavedTrace>,
  flags: StepsReplay,
  out: Console,
): Promise<{ readonly code: number; readonly record: unknown }> {
  const name = flags.target ?? trace.finding?.target ?? 'model';
  const mutant = await stepMutantOf(name);
  if (mutant === undefined && name !== 'model')
    throw new UsageError(
      `interleaved steps are done by the model or by a mutant of its steps, and ${JSON.stringify(name.slice(0, 80))} is neither; type: cowcheck replay ${path} --target model`,
    );
  const { history, made } = follow(trace.interleaving, trace.steps, mutant?.machine);
  const { broken } = history;
  const of = trace.steps.length;
  const verdict = broken !== undefined ? 'violated' : made > 0 || of === 0 ? 'held' : 'inconclusive';
  // The same steps do the same each time.
  const reproduced = { times: broken === undefined ? 0 : flags.repeat, of: flags.repeat };
  const why = verdict === 'inconclusive' ? ['none of the steps can be done there'] : [];
  if (flags.json !== true) {
    if (broken !== undefined) out.print(interleavingText(history));
    else if (flags.trace === true) out.print(columns(history).join('\n'));
    if (broken === undefined)
      out.print(
        `${verdict}  ${forTerminal(path)} on ${name}: ${made} of ${of} steps could be done there, and no law was broken`,
      );
    const saved = trace.finding;
    if (broken !== undefined && saved !== undefined && saved.invariant !== broken.invariant)
      out.print(`note      it was saved as ${forTerminal(saved.invariant)} (rule ${saved.rule})`);
  }
  return {
    code: exitOf({ verdict }),
    record: {
      verdict,
      target: name,
      file: path,
      ...(broken === undefined
        ? {}
        : {
            rule: broken.rule,
            invariant: broken.invariant,
            at: made - 1,
            required: broken.required,
            found: broken.found,
          }),
      steps: { made, of },
      reproduced,
      why,
    },
  };
}
