// Files without a name: they are gone when the last process that has them open is.
import { randomBytes } from 'node:crypto';
import { openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An open file that no directory lists. Readable and writable by nobody else. */
export function unnamed(what: string, flags: 'w+' | 'a+' = 'w+'): number {
  const path = join(tmpdir(), `cowcheck-${what}-${process.pid}-${randomBytes(6).toString('hex')}`);
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
