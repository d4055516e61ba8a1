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

/** What was given of a student's kernel. */
export interface GivenFiles {
  readonly kernel: string | undefined;
  readonly disk: string | undefined;
}

/** The two files that a student's kernel needs. Throws RigError if one was not given. */
export function xv6Files({ kernel, disk }: GivenFiles): {
  readonly kernel: string;
  readonly disk: string;
} {
  if (kernel !== undefined && disk !== undefined) return { kernel, disk };
  throw new RigError(
    kernel === undefined ? 'xv6-kernel' : 'xv6-disk',
    `xv6 needs two files that its own build makes; ${kernel === undefined ? '--kernel' : '--disk'} was not given`,
    'cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img',
  );
}
