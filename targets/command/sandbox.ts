// The command line around a program: the limits of the shell, and a sandbox where one is asked for.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { RigError } from '../../spec/target.ts';
import { fence } from '../wire/fence.ts';
import type { Command } from '../wire/program.ts';
import { escaped } from '../wire/refusal.ts';
import type { ProgramLimits } from '../wire/warden.ts';

export const SANDBOXES = ['none', 'bwrap'] as const;
export type Sandbox = (typeof SANDBOXES)[number];

const run = promisify(execFile);
const SHELL = '/bin/sh';
/** Files it may write in the sandbox live in memory and count apart from its own. */
const SCRATCH = 64 << 20;

/** What programs write when they were not given memory, and when the sandbox did not let them. */
const NO_MEMORY =
  /MemoryError|Cannot allocate memory|out of memory|bad_alloc|allocation failed|memory allocation of \d+ bytes failed/i;
const FORBIDDEN = new RegExp(`${NO_MEMORY.source}|Read-only file system|EROFS|Network is unreachable`, 'i');

/** The program that `line` names to a shell, within `limits`, in `sandbox`. Throws RigError if there is no such sandbox here. */
export async function confined(line: string, limits: ProgramLimits, sandbox: Sandbox): Promise<Command> {
  if (process.platform === 'win32')
    throw new RigError('command-shell', 'a command is started by /bin/sh', 'use Linux, macOS or WSL');
  const kibibytes = Math.ceil(limits.memory / 512);
  const inside = [SHELL, '-c', line];
  // Beyond what the warden allows, for what multiplies faster than it looks. In a user namespace the kernel counts this one's alone.
  const most = limits.processes * 2;
  const alone = `ulimit -u ${most} 2>/dev/null || ulimit -p ${most} 2>/dev/null; exec "$@"`;
  const bounded = (words: readonly string[]): Command => ({
    file: SHELL,
    // -d: private memory of each process. Twice the limit, so that the warden mostly comes first, with better words.
    args: ['-c', `${fence(most)}; ulimit -c 0; ulimit -d ${kibibytes}; exec "$@"`, 'sh', ...words],
    limits,
    shown: line,
    forbidden: sandbox === 'none' ? NO_MEMORY : FORBIDDEN,
  });
  if (sandbox === 'none') return bounded(inside);
  const words = await bubble();
  return bounded([...words, SHELL, '-c', alone, 'sh', ...inside]);
}

/** The words in front of a program that is to run in the sandbox, tried on one that does nothing. Throws RigError if there is none here. */
export async function bubble(): Promise<readonly string[]> {
  const words = ['bwrap', ...walls(scratchFolder())];
  await prove(words);
  return words;
}

/** Reads everything, writes nothing but a folder of its own in memory, sees no other process, has no network. */
function walls(scratch: string): readonly string[] {
  const view = `--ro-bind / / --dev /dev --proc /proc --tmpfs /run --size ${SCRATCH} --tmpfs`.split(' ');
  const alone = '--unshare-pid --unshare-net --unshare-ipc --unshare-uts'.split(' ');
  const tame = '--die-with-parent --new-session --cap-drop ALL'.split(' ');
  const home = ['--setenv', 'TMPDIR', scratch, '--setenv', 'HOME', scratch, '--chdir', process.cwd()];
  return [...view, scratch, ...alone, ...tame, ...home];
}

let made: string | undefined;

/** A place to mount that folder on; outside of the sandbox it stays empty. */
function scratchFolder(): string {
  if (made === undefined) {
    const folder = mkdtempSync(join(tmpdir(), 'cowcheck-'));
    made = folder;
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  }
  return made;
}

async function prove(words: readonly string[]): Promise<void> {
  const [file = '', ...args] = words;
  try {
    await run(file, [...args, '/bin/true'], { timeout: 10_000 });
  } catch (cause) {
    const { code, stderr, message } = cause as { code?: unknown; stderr?: string; message: string };
    if (code === 'ENOENT')
      throw new RigError(
        'sandbox-missing',
        'bubblewrap (bwrap) was not found; --sandbox bwrap needs it',
        'apt-get install bubblewrap, or do without: --sandbox none',
      );
    throw new RigError(
      'sandbox-refused',
      `bubblewrap cannot make a sandbox here: ${escaped((stderr ?? message).trim(), 300)}`,
      'allow user namespaces (sysctl kernel.unprivileged_userns_clone=1), or do without: --sandbox none',
    );
  }
}
