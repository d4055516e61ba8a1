// Agents built from C at first use, and kept by the hash of their source.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, chmod, constants, lstat, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RigError } from '../spec/target.ts';
import { escaped } from './wire/refusal.ts';

const run = promisify(execFile);

export interface Built {
  readonly path: string;
  /** Of its source and of how it is built. */
  readonly hash: string;
}

/** One program made of files in `agents/`. */
export interface Recipe {
  /** In messages, such as `the Linux agent`, and at the beginning of error codes, such as `linux`. */
  readonly what: string;
  readonly code: string;
  /** What the kept file is called, before its hash. */
  readonly name: string;
  /** Below `agents/`: all that its hash depends on. Those that `compiled` names go to the compiler. */
  readonly sources: readonly string[];
  readonly compiled: readonly string[];
  /** The first that is there is used. */
  readonly compilers: readonly string[];
  /** Arguments, the best first: the next are tried where a compiler refuses. Files are named from `agents/`. */
  readonly flags: readonly (readonly string[])[];
  /** The command that installs a compiler. */
  readonly install: string;
}

/** `agents/` of this package: beside `targets/` in a checkout, beside `dist/` in a package. */
async function agentsDirectory({ what, code, sources: [first = ''] }: Recipe): Promise<string> {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 5; up++) {
    const found = join(directory, 'agents');
    if (await readable(join(found, first))) return found;
    directory = dirname(directory);
  }
  throw new RigError(
    `${code}-agent-source`,
    `the source of ${what}, agents/${first}, is not in this package`,
    'npm install cowcheck again',
  );
}

const readable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/** Where built agents may be kept, the best first. */
function cacheDirectories(): readonly string[] {
  const { XDG_CACHE_HOME } = process.env;
  const uid = process.getuid?.() ?? 0;
  return [
    ...(XDG_CACHE_HOME !== undefined && XDG_CACHE_HOME.startsWith('/')
      ? [join(XDG_CACHE_HOME, 'cowcheck')]
      : []),
    join(homedir(), '.cache', 'cowcheck'),
    join(tmpdir(), `cowcheck-${uid}`),
  ];
}

/** A directory nobody else can put a program into: ours, and writable by us alone. */
async function isOurs(directory: string): Promise<boolean> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o755 });
    const found = await lstat(directory);
    await access(directory, constants.W_OK | constants.X_OK);
    return (
      found.isDirectory() && found.uid === (process.getuid?.() ?? found.uid) && (found.mode & 0o022) === 0
    );
  } catch {
    return false;
  }
}

/** The hash of a recipe and its sources. */
export async function hashOf(recipe: Recipe): Promise<string> {
  const agents = await agentsDirectory(recipe);
  const hash = createHash('sha256').update(JSON.stringify([recipe.name, recipe.flags, recipe.compiled]));
  for (const file of recipe.sources) hash.update(await readFile(join(agents, file)));
  return hash.digest('hex').slice(0, 16);
}

/**
 * The program of a recipe, built if need be; kept in `directory`, or else in the user's cache.
 * Throws RigError without a compiler, or where there is nowhere to keep it.
 */
export async function built(recipe: Recipe, directory?: string): Promise<Built> {
  const hash = await hashOf(recipe);
  const tried: string[] = [];
  for (const place of directory === undefined ? cacheDirectories() : [directory]) {
    if (!(await isOurs(place))) {
      tried.push(place);
      continue;
    }
    const path = join(place, `${recipe.name}-${hash}`);
    const kept = await lstat(path).catch(() => undefined);
    if (kept?.isFile() !== true || (kept.mode & 0o100) === 0) await compile(recipe, path);
    return { path, hash };
  }
  throw new RigError(
    `${recipe.code}-agent-cache`,
    `no directory to keep the built agent in: tried ${tried.join(', ')}; it must be writable and not by others`,
    'XDG_CACHE_HOME=/some/writable/directory npx cowcheck …',
  );
}

/** Compiles beside `path` and moves into place, so that two builders at once do no harm. */
export async function compile(recipe: Recipe, path: string): Promise<void> {
  const { what, code, compilers, flags, compiled, install } = recipe;
  const agents = await agentsDirectory(recipe);
  const unfinished = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  let said = '';
  let tried = '';
  try {
    for (const compiler of compilers) {
      for (const some of tried === '' ? flags : []) {
        try {
          await run(compiler, [...some, '-o', unfinished, ...compiled], { timeout: 120_000, cwd: agents });
          await chmod(unfinished, 0o755);
          await rename(unfinished, path);
          return;
        } catch (cause) {
          const {
            code: why,
            stderr,
            message,
          } = cause as { code?: unknown; stderr?: string; message: string };
          if (why === 'ENOENT') break;
          tried = compiler;
          said = stderr !== undefined && stderr !== '' ? stderr : message;
        }
      }
    }
  } finally {
    await rm(unfinished, { force: true });
  }
  if (tried !== '')
    throw new RigError(
      `${code}-agent-build`,
      `${tried} could not build ${what}: ${escaped(said.replaceAll('\n', ' | '), 600)}`,
      install,
    );
  const names = compilers.map(name => `"${escaped(name)}"`).join(' and ');
  throw new RigError(
    `${code}-no-compiler`,
    `${what} is built from C at first use, and there is no C compiler: ${names} ${compilers.length === 1 ? 'was' : 'were'} not found`,
    install,
  );
}
