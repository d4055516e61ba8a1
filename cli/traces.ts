// From FILE, ID or DIR on the command line to saved traces.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../runner/store.ts';
import { readSaved, readTrace } from '../runner/trace-file.ts';
import type { InterleavedTrace } from '../spec/interleaved-trace.ts';
import type { Trace } from '../spec/trace.ts';
import { UsageError } from './exit.ts';

export interface Saved<Kind> {
  readonly path: string;
  readonly trace: Kind;
}
export type SavedTrace = Saved<Trace>;

/** The traces `what` names: a file, the id of a finding, or a folder of traces (its own and those below). */
export function savedTraces(what: string, store: Store): readonly SavedTrace[] {
  return pathsOf(what, store).map(path => ({ path, trace: readTrace(path) }));
}

/** The same, and interleaved steps too. */
export function savedHistories(what: string, store: Store): readonly Saved<Trace | InterleavedTrace>[] {
  return pathsOf(what, store).map(path => ({ path, trace: readSaved(path) }));
}

function pathsOf(what: string, store: Store): readonly string[] {
  const kind = kindOf(what);
  if (kind === 'file') return [what];
  if (kind === 'folder') {
    const paths = tracesBelow(what);
    if (paths.length === 0)
      throw new UsageError(`${what} holds no trace (a .json file); type: cowcheck fuzz model`);
    return paths;
  }
  const path = /^[0-9a-f]{8}$/.test(what) ? store.find(what) : undefined;
  if (path === undefined)
    throw new UsageError(
      `${JSON.stringify(what.slice(0, 200))} is no file, no folder, and no id of a finding in ${store.crashes} or ${store.regressions}`,
    );
  return [path];
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
