// Where this user's cowcheck keeps what it has built or worked out, so that nobody else can put a thing there.
import { access, constants, lstat, mkdir } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';

/** Directories to keep things in, the best first; not all may exist or be ours. */
export function cacheDirectories(): readonly string[] {
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

/** A directory nobody else can put a program into: ours, and writable by us alone. Made if need be. */
export async function isOurs(directory: string): Promise<boolean> {
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

/** The first of `directories` that is ours; undefined if none is. */
export async function cacheDirectory(directories = cacheDirectories()): Promise<string | undefined> {
  for (const directory of directories) if (await isOurs(directory)) return directory;
  return undefined;
}
