// From FILE, ID or DIR on the command line to saved traces.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../runner/store.ts';
import { readTrace } from '../runner/trace-file.ts';
import type { Trace } from '../spec/trace.ts';
import { UsageError } from './exit.ts';

export interface SavedTrace {
  readonly path: string;
  readonly trace: Trace;
}

/** The traces `what` names: a file, the id of a finding, or a folder of traces (its own and those below). */
export function savedTraces(what: string, store: Store): readonly SavedTrace[] {
  const kind = kindOf(what);
  if (kind === 'file') return [{ path: what, trace: readTrace(what) }];
  if (kind === 'folder') {
    const paths = tracesBelow(what);
    if (paths.length === 0)
      throw new UsageError(`${what} holds no trace (a .json file); type: cowcheck fuzz model`);
    return paths.map(path => ({ path, trace: readTrace(path) }));
  }
  const path = /^[0-9a-f]{8}$/.test(what) ? store.find(what) : undefined;
  if (path === undefined)
    throw new UsageError(
      `${JSON.stringify(what.slice(0, 200))} is no file, no folder, and no id of a finding in ${store.crashes} or ${store.regressions}`,
    );
  return [{ path, trace: readTrace(path) }];
}

/** Trace files below `folder`; the records of runs, which searches leave beside their findings, are none. */
function tracesBelow(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(name => name.endsWith('.json') && !/(^|[/\\])runs[/\\][^/\\]+[/\\]summary\.json$/.test(name))
    .sort()
    .map(name => join(folder, name));
}

function kindOf(path: string): 'file' | 'folder' | 'nothing' {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return 'nothing';
  }
}
