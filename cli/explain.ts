// What an error says to the user. Loaded when there is one: it knows all kinds there are.
import { RigError } from '../spec/target.ts';
import { TraceError } from '../spec/trace.ts';
import { StoreError } from '../runner/store.ts';
import { WorldError } from '../runner/worlds.ts';
import { UnknownTarget } from '../targets/named.ts';
import { NotATarget } from '../targets/own/target.ts';
import { forTerminal } from '../report/escape.ts';
import { EXIT, UsageError } from './exit.ts';

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
