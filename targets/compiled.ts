// Builds C of this package with a compiler of the system at first use, and keeps the result by the hash of all it was made of.
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, chmod, constants, lstat, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RigError } from '../spec/target.ts';
import { cacheDirectories, isOurs } from './cache.ts';
import { escaped } from './wire/refusal.ts';

/** Milliseconds one call of the compiler may take. */
const LONGEST = 120_000;

const run = promisify(execFile);

export interface Recipe {
  /** Part of the built file's name and of error codes: `linux-agent`. */
  readonly name: string;
  /** As a message names it: `the Linux agent`. */
  readonly what: string;
  readonly compiler: string;
  /** Which kind it is, for a message: `C compiler`. */
  readonly kind: string;
  /** Code of the error for want of that compiler. */
  readonly noCompiler: string;
  /** The command that installs the compiler. */
  readonly install: string;
  /** The folder of the package with the sources, and those that count for the hash. */
  readonly folder: string;
  readonly sources: readonly string[];
  /**
   * Ways to build `out`, the best first; each is the argument lists of calls of the compiler in a row. `folder` holds the
   * sources, `scratch` is an empty folder that is gone afterwards.
   */
  ways(at: {
    readonly folder: string;
    readonly out: string;
    readonly scratch: string;
  }): readonly (readonly (readonly string[])[])[];
}

export interface Built {
  readonly path: string;
  /** Of its sources and of how it is built. */
  readonly hash: string;
}

/** A folder of this package: beside `targets/` in a checkout, beside `dist/` in a package. Throws RigError. */
async function packageFolder({ folder, sources: [witness = ''], name, what }: Recipe): Promise<string> {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 5; up++) {
    const found = join(directory, folder);
    if (await readable(join(found, witness))) return found;
    directory = dirname(directory);
  }
  throw new RigError(
    `${name}-source`,
    `the source of ${what}, ${folder}/${witness}, is not in this package`,
    'npm install cowcheck again',
  );
}

const readable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

/** Of the sources and of how they are built. Throws RigError without the sources. */
export async function hashOf(recipe: Recipe): Promise<string> {
  const folder = await packageFolder(recipe);
  const hash = createHash('sha256').update(
    JSON.stringify([recipe.ways({ folder: '', out: '', scratch: '' }), process.arch]),
  );
  for (const file of recipe.sources) hash.update(await readFile(join(folder, file)));
  return hash.digest('hex').slice(0, 16);
}

/** Builds the program at `path`. Throws RigError. */
export async function compileTo(recipe: Recipe, path: string): Promise<void> {
  await compile(recipe, await packageFolder(recipe), path);
}

/** The program, built if need be; `directory`: keep it there, not in the user's cache. Throws RigError. */
export async function compiled(recipe: Recipe, directory?: string): Promise<Built> {
  const directories = directory === undefined ? cacheDirectories() : [directory];
  const folder = await packageFolder(recipe);
  const digest = await hashOf(recipe);
  for (const kept of directories) {
    if (!(await isOurs(kept))) continue;
    const path = join(kept, `${recipe.name}-${digest}`);
    const found = await lstat(path).catch(() => undefined);
    if (!(found?.isFile() === true && (found.mode & 0o100) !== 0)) await compile(recipe, folder, path);
    return { path, hash: digest };
  }
  throw new RigError(
    `${recipe.name}-cache`,
    `no directory to keep ${recipe.what} in once it is built: tried ${directories.join(', ')}; it must be writable and not by others`,
    'XDG_CACHE_HOME=/some/writable/directory npx cowcheck …',
  );
}

/** Compiles beside `path` and moves into place, so that two builders at once do no harm. */
async function compile(recipe: Recipe, folder: string, path: string): Promise<void> {
  const { what, compiler, install } = recipe;
  const scratch = await mkdtemp(`${path}.`);
  const out = join(scratch, 'out');
  let said = '';
  try {
    for (const way of recipe.ways({ folder, out, scratch })) {
      try {
        for (const call of way) await run(compiler, [...call], { timeout: LONGEST });
        await chmod(out, 0o755);
        await rename(out, path);
        return;
      } catch (cause) {
        const { code, stderr, message } = cause as { code?: unknown; stderr?: string; message: string };
        if (code === 'ENOENT')
          throw new RigError(
            recipe.noCompiler,
            `${what} is built from C at first use, and there is no ${recipe.kind}: "${escaped(compiler)}" was not found`,
            install,
          );
        said = stderr !== undefined && stderr !== '' ? stderr : message;
      }
    }
  } finally {
    await rm(scratch, { force: true, recursive: true });
  }
  throw new RigError(
    `${recipe.name}-build`,
    `${compiler} could not build ${what}: ${escaped(said.replaceAll('\n', ' | '), 600)}`,
    install,
  );
}
