// Findings on disk: written whole or not at all, under names that say what they are.
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { formatInterleaved, type InterleavedTrace, isInterleaved } from '../spec/interleaved-trace.ts';
import { formatTrace, type Trace } from '../spec/trace.ts';

/** A folder that cannot be used for what it is for. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/** Why a file could not be used, in a word. */
export const reason = (cause: unknown): string =>
  (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;

/** Makes `folder` and those above it. Node's own recursive mkdir never comes back from a place such as /proc. */
function makeFolder(folder: string): void {
  try {
    mkdirSync(folder);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST' && isFolder(folder)) return;
    if (code !== 'ENOENT' || exists(dirname(folder))) throw cause;
    makeFolder(dirname(folder));
    mkdirSync(folder);
  }
}

/** Writes `text` to `path` so that a reader sees the old file or the new one, never half of it. */
export function writeAtomically(path: string, text: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    makeFolder(dirname(path));
    writeFileSync(draft, text, { flush: true });
    renameSync(draft, path);
  } catch (cause) {
    discard(draft);
    throw new StoreError(path, `cannot be written (${reason(cause)})`);
  }
}

/** Makes `folder` and proves that files can be written there. */
export function prepareFolder(folder: string): void {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    makeFolder(folder);
    writeFileSync(probe, 'x');
  } catch (cause) {
    throw new StoreError(folder, `cannot be written to (${reason(cause)}); choose another with --output DIR`);
  } finally {
    discard(probe);
  }
}

/** Removes what may not be there, in a folder that may not be one. */
function discard(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Nothing was made, so nothing is left.
  }
}

/** Eight characters that name a finding: its target, invariant, world and ops or steps, in whatever order their keys stand. */
export function idOf(trace: Trace | InterleavedTrace): string {
  const about: unknown[] = [trace.finding?.target, trace.finding?.invariant];
  if (isInterleaved(trace)) about.push(trace.interleaving, trace.steps);
  else about.push(trace.world, trace.ops);
  if (!isInterleaved(trace) && trace.schedule !== undefined) about.push(trace.schedule);
  return createHash('sha256').update(JSON.stringify(about, sorted)).digest('hex').slice(0, 8);
}

/** For JSON.stringify: objects with their keys in order. */
function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

const fileName = (text: string): string =>
  text
    .replaceAll(/[^A-Za-z0-9.-]+/g, '-')
    .replaceAll(/^[-.]+|-+$/g, '')
    .slice(0, 60) || 'unnamed';

/** The folders of one project: what is committed and what is scratch. */
export class Store {
  readonly output: string;
  readonly regressions: string;

  constructor(output: string, regressions: string) {
    this.output = output;
    this.regressions = regressions;
  }

  get crashes(): string {
    return join(this.output, 'crashes');
  }

  /** Saves a finding under its id; returns where. */
  saveCrash(id: string, trace: Trace | InterleavedTrace): string {
    const path = join(this.crashes, `${id}.json`);
    writeAtomically(path, isInterleaved(trace) ? formatInterleaved(trace) : formatTrace(trace));
    return path;
  }

  /** Removes a draft that a better version has replaced. */
  forget(id: string): void {
    rmSync(join(this.crashes, `${id}.json`), { force: true });
  }

  /** The file for an id of the scratch folder or of the regressions. */
  find(id: string): string | undefined {
    const crash = join(this.crashes, `${id}.json`);
    if (isFile(crash)) return crash;
    return this.#allRegressions().find(path => path.endsWith(`-${id}.json`));
  }

  /** Committed counterexamples of `target`, in a stable order. */
  regressionsOf(target: string): readonly string[] {
    const folder = join(this.regressions, fileName(target));
    return list(folder)
      .filter(name => name.endsWith('.json'))
      .map(name => join(folder, name));
  }

  #allRegressions(): readonly string[] {
    return list(this.regressions)
      .map(target => join(this.regressions, target))
      .filter(isFolder)
      .flatMap(folder => list(folder).map(name => join(folder, name)));
  }

  /** Keeps a finding: returns where. */
  pin(trace: Trace): string {
    const finding = trace.finding;
    const folder = join(this.regressions, fileName(finding?.target ?? 'any'));
    const path = join(
      folder,
      `${finding?.rule ?? 0}-${fileName(finding?.invariant ?? 'trace')}-${idOf(trace)}.json`,
    );
    writeAtomically(path, formatTrace(trace));
    return path;
  }

  /** Writes the summary of a campaign and points `runs/latest` at it. */
  saveRun(stamp: string, summary: unknown): void {
    const name = fileName(stamp);
    const folder = join(this.output, 'runs', name);
    writeAtomically(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    const latest = join(this.output, 'runs', 'latest');
    try {
      rmSync(latest, { force: true, recursive: true });
      symlinkSync(name, latest);
    } catch (cause) {
      throw new StoreError(latest, `cannot be written (${reason(cause)})`);
    }
  }
}

function kindOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

const exists = (path: string): boolean => kindOf(path) !== undefined;
const isFile = (path: string): boolean => kindOf(path)?.isFile() ?? false;
const isFolder = (path: string): boolean => kindOf(path)?.isDirectory() ?? false;

/** What a folder holds; a folder that is not there holds nothing. */
function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new StoreError(folder, `cannot be read (${reason(cause)})`);
  }
}
