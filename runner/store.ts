// Findings on disk: written whole or not at all, under names that say what they are.
import { createHash, randomBytes } from 'node:crypto';
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { formatTrace, MAX_TRACE_BYTES, parseTrace, type Trace, TraceError } from '../spec/trace.ts';

/** A folder that cannot be used for what it is for. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/** Writes `text` to `path` so that a reader sees the old file or the new one, never half of it. */
export function writeAtomically(path: string, text: string): void {
  const draft = `${path}.${process.pid}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    writeFileSync(draft, text, { flush: true });
    renameSync(draft, path);
  } catch (cause) {
    rmSync(draft, { force: true });
    throw new StoreError(
      path,
      `cannot be written (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message})`,
    );
  }
}

/** Makes `folder` and proves that files can be written there. */
export function prepareFolder(folder: string): void {
  const probe = join(folder, `.probe-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(probe, 'x');
    rmSync(probe);
  } catch (cause) {
    throw new StoreError(
      folder,
      `cannot be written to (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message})`,
    );
  }
}

/** Reads and parses a trace file. Throws StoreError if it cannot be read, TraceError (with the path) if it is no trace. */
export function readTrace(path: string): Trace {
  let text: string;
  try {
    if (statSync(path).size > MAX_TRACE_BYTES)
      throw new TraceError(
        '',
        `${path}: a trace file may have ${MAX_TRACE_BYTES} bytes; this one has ${statSync(path).size}`,
      );
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    if (cause instanceof TraceError) throw cause;
    throw new StoreError(
      path,
      `cannot be read (${(cause as NodeJS.ErrnoException).code ?? (cause as Error).message})`,
    );
  }
  try {
    return parseTrace(text);
  } catch (cause) {
    if (cause instanceof TraceError) throw new TraceError('', `${path}: ${cause.message}`);
    throw cause;
  }
}

/** Eight characters that name a finding: its target, invariant, world and ops. */
export function idOf(trace: Trace): string {
  const about = [trace.finding?.target, trace.finding?.invariant, trace.world, trace.ops];
  return createHash('sha256').update(JSON.stringify(about)).digest('hex').slice(0, 8);
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
  saveCrash(id: string, trace: Trace): string {
    mkdirSync(this.crashes, { recursive: true });
    const path = join(this.crashes, `${id}.json`);
    writeAtomically(path, formatTrace(trace));
    return path;
  }

  /** Removes a draft that a better version has replaced. */
  forget(id: string): void {
    rmSync(join(this.crashes, `${id}.json`), { force: true });
  }

  /** The file for an id of the scratch folder or of the regressions. */
  find(id: string): string | undefined {
    const crash = join(this.crashes, `${id}.json`);
    if (exists(crash)) return crash;
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
    return list(this.regressions).flatMap(target =>
      list(join(this.regressions, target)).map(name => join(this.regressions, target, name)),
    );
  }

  /** Keeps a finding: returns where. */
  pin(trace: Trace): string {
    const finding = trace.finding;
    const folder = join(this.regressions, fileName(finding?.target ?? 'any'));
    mkdirSync(folder, { recursive: true });
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
    mkdirSync(folder, { recursive: true });
    writeAtomically(join(folder, 'summary.json'), `${JSON.stringify(summary, null, 2)}\n`);
    const latest = join(this.output, 'runs', 'latest');
    rmSync(latest, { force: true, recursive: true });
    symlinkSync(name, latest);
  }
}

function exists(path: string): boolean {
  try {
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
