// The files a student hands in, read before anything is started.
import { readFileSync } from 'node:fs';
import { RigError } from '../../spec/target.ts';
import { escaped } from '../wire/refusal.ts';

/** What `path` holds. Throws RigError if it cannot be read. */
export function kernelFile(path: string, what: 'kernel' | 'disk'): Uint8Array {
  try {
    return readFileSync(path);
  } catch (cause) {
    const { code } = cause as { code?: string };
    const why = code === 'ENOENT' ? 'there is no such file' : (code ?? String(cause));
    throw new RigError(
      `xv6-${what}`,
      `cannot read the ${what === 'kernel' ? 'kernel' : 'disk image'} ${escaped(path)}: ${why}`,
      'make kernel/kernel fs.img, then: cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img',
    );
  }
}
