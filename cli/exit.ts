// Exit codes, and errors that carry one.
import { RigError } from '../spec/target.ts';
import { TraceError } from '../spec/trace.ts';
import { StoreError } from '../runner/store.ts';
import { WorldError } from '../runner/worlds.ts';
import { UnknownTarget } from '../targets/named.ts';
import { NotATarget } from '../targets/own/target.ts';
import { forTerminal } from '../report/escape.ts';

export const EXIT = {
  held: 0,
  violated: 1,
  usage: 2,
  inconclusive: 3,
  rig: 4,
  interrupted: 130,
  terminated: 143,
} as const;

/** Something the user typed or pointed at cannot be used. The message says what was received, what is accepted, what to type. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** One line about `cause` for standard error, and the code to exit with. */
export function explain(cause: unknown): { readonly line: string; readonly code: number } {
  if (
    cause instanceof UsageError ||
    cause instanceof UnknownTarget ||
    cause instanceof NotATarget ||
    cause instanceof TraceError ||
    cause instanceof StoreError
  )
    return { line: `cowcheck: ${forTerminal(cause.message)}`, code: EXIT.usage };
  if (cause instanceof WorldError) {
    const flag = cause.wish === 'processes' ? 'procs' : cause.wish;
    return {
      line: `cowcheck: ${cause.message}; type for example: --${flag} ${cause.enough}`,
      code: EXIT.usage,
    };
  }
  if (cause instanceof RigError)
    return {
      line: `cowcheck: ${forTerminal(cause.message, true)} [${cause.code}]; what to do: ${forTerminal(cause.remedy)}`,
      code: EXIT.rig,
    };
  const message = cause instanceof Error ? (cause.stack ?? cause.message) : String(cause);
  return { line: `cowcheck: a defect of cowcheck itself: ${forTerminal(message, true)}`, code: EXIT.rig };
}
