// Files without a name: they are gone when the last process that has them open is.
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { constants, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const pathFor = (what: string): string =>
  join(tmpdir(), `cowcheck-${what}-${process.pid}-${randomBytes(6).toString('hex')}`);

/** An open file that no directory lists. Readable and writable by nobody else. */
export function unnamed(what: string, flags: 'w+' | 'a+' = 'w+'): number {
  const path = pathFor(what);
  const fd = openSync(path, flags.replace('+', 'x+'), 0o600);
  unlinkSync(path);
  return fd;
}

/** The same with `bytes` in it. */
export function unnamedWith(what: string, bytes: Uint8Array): number {
  const fd = unnamed(what);
  for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done, bytes.length - done, done);
  return fd;
}

/** A pipe that is written to at once, without the event loop: what a stream would queue. It never reads as ended. */
export function unnamedPipe(what: string): number {
  const path = pathFor(what);
  execFileSync('mkfifo', ['-m', '600', path]);
  const fd = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  unlinkSync(path);
  return fd;
}
