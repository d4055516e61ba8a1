// Builds the Linux agent with the system's C compiler at first use, and keeps it by the hash of its source.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { access, chmod, constants, lstat, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { RigError } from '../../spec/target.ts';
import { cacheDirectories, isOurs } from '../cache.ts';
import { escaped } from '../wire/refusal.ts';

const SOURCES = [
  'linux/agent.c',
  'linux/ops.h',
  'linux/processes.h',
  'linux/inspect.h',
  'linux/ranges.h',
  'linux/worker.h',
  'linux/mapping.h',
  'linux/mailbox.h',
  'cowcheck.h',
];
const FLAGS = ['-O2', '-fno-stack-protector', '-fno-delete-null-pointer-checks', '-U_FORTIFY_SOURCE', '-w'];
/** Static first: an image without a dynamic linker starts sooner and has no lazily bound symbols to fault on. */
const LINKS = [['-static'], ['-Wl,-z,now']];

const run = promisify(execFile);

export interface Agent {
  readonly path: string;
  /** Of its source and of how it is built. */
  readonly hash: string;
}

/** `agents/` of this package: beside `targets/` in a checkout, beside `dist/` in a package. */
async function agentsDirectory(): Promise<string> {
  let directory = dirname(fileURLToPath(import.meta.url));
  for (let up = 0; up < 5; up++) {
    const found = join(directory, 'agents');
    if (await readable(join(found, 'linux', 'agent.c'))) return found;
    directory = dirname(directory);
  }
  throw new RigError(
    'linux-agent-source',
    'the source of the Linux agent, agents/linux/agent.c, is not in this package',
    'npm install cowcheck again',
  );
}

const readable = (path: string): Promise<boolean> =>
  access(path, constants.R_OK).then(
    () => true,
    () => false,
  );

let built: Promise<Agent> | undefined;

/** The agent, built if need be. Throws RigError without a compiler. */
export function linuxAgent(directory?: string): Promise<Agent> {
  if (directory !== undefined) return build([directory]);
  built ??= build(cacheDirectories()).catch((cause: unknown) => {
    built = undefined;
    throw cause;
  });
  return built;
}

async function build(directories: readonly string[]): Promise<Agent> {
  const source = await agentsDirectory();
  const hash = createHash('sha256').update(JSON.stringify([FLAGS, LINKS, process.arch]));
  for (const file of SOURCES) hash.update(await readFile(join(source, file)));
  const digest = hash.digest('hex').slice(0, 16);
  const tried: string[] = [];
  for (const directory of directories) {
    if (!(await isOurs(directory))) {
      tried.push(directory);
      continue;
    }
    const path = join(directory, `linux-agent-${digest}`);
    const kept = await lstat(path).catch(() => undefined);
    if (kept?.isFile() === true && (kept.mode & 0o100) !== 0) return { path, hash: digest };
    const failure = await compile(join(source, 'linux', 'agent.c'), path);
    if (failure === undefined) return { path, hash: digest };
    throw failure;
  }
  throw new RigError(
    'linux-agent-cache',
    `no directory to keep the built agent in: tried ${tried.join(', ')}; it must be writable and not by others`,
    'XDG_CACHE_HOME=/some/writable/directory npx cowcheck …',
  );
}

/** Compiles beside `path` and moves into place, so that two builders at once do no harm. */
async function compile(source: string, path: string): Promise<RigError | undefined> {
  const unfinished = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  const compiler = process.env['CC'] ?? 'cc';
  let said = '';
  try {
    for (const link of LINKS) {
      try {
        await run(compiler, [...FLAGS, ...link, '-o', unfinished, source], { timeout: 120_000 });
        await chmod(unfinished, 0o755);
        await rename(unfinished, path);
        return undefined;
      } catch (cause) {
        const { code, stderr, message } = cause as { code?: unknown; stderr?: string; message: string };
        if (code === 'ENOENT')
          return new RigError(
            'linux-no-compiler',
            `the Linux agent is built from C at first use, and there is no C compiler: "${escaped(compiler)}" was not found`,
            'apt-get install gcc libc6-dev',
          );
        said = stderr !== undefined && stderr !== '' ? stderr : message;
      }
    }
    return new RigError(
      'linux-agent-build',
      `${compiler} could not build the Linux agent: ${escaped(said.replaceAll('\n', ' | '), 600)}`,
      'apt-get install gcc libc6-dev',
    );
  } finally {
    await rm(unfinished, { force: true });
  }
}
