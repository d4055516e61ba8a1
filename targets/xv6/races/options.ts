// From a target's name to a kernel that ops can race on.
import { readElf } from '../elf.ts';
import { calfKernel } from '../../calf/kernel.ts';
import { kernelFile, xv6Files } from '../files.ts';
import type { RaceOptions } from './booted.ts';

/** undefined: no such target has harts to hold. Throws RigError: no such file, not a kernel, no such defect, no compiler. */
export async function raceOptions(
  name: string,
  given: { readonly kernel?: string | undefined; readonly disk?: string | undefined },
): Promise<RaceOptions | undefined> {
  if (name === 'xv6') {
    const { kernel, disk } = xv6Files({ kernel: given.kernel, disk: given.disk });
    readElf(kernelFile(kernel, 'kernel'), kernel);
    kernelFile(disk, 'disk');
    return { name, layout: 'xv6', kernel, disk };
  }
  if (name !== 'calf' && !name.startsWith('calf:')) return undefined;
  const { path } = await calfKernel(name === 'calf' ? undefined : name.slice('calf:'.length));
  return { name, layout: 'calf', kernel: path };
}
