// Kernels in QEMU as targets: xv6, as a student hands it in, and calf, ours.
import { fileURLToPath } from 'node:url';
import { RigError, type Target } from '../../spec/target.ts';
import { calfKernel } from '../calf/kernel.ts';
import { wireTarget } from '../wire.ts';
import { escaped } from '../wire/refusal.ts';
import { agentFiles } from './agent.ts';
import { bootFacts } from './boot.ts';
import type { BridgeOptions } from './arrival.ts';
import { readElf } from './elf.ts';
import { XV6_SOURCES } from './dialect.ts';
import { kernelFile } from './files.ts';
import { guarded } from './guard.ts';

const BRIDGE = fileURLToPath(new URL('./bridge.js', import.meta.url));
/** Milliseconds without an answer: beyond what the bridge itself waits for before it calls a kernel hung, and beyond its boot. */
const DEADLINE = 60_000;
/** Distinct findings after which a search ends by itself. */
const BAIL = 100;
const TYPE = 'cowcheck fuzz xv6 --kernel kernel/kernel --disk fs.img';

export interface Xv6Options {
  readonly kernel: string | undefined;
  readonly disk: string | undefined;
  /** Harts. */
  readonly smp: number;
}

/** A student's kernel. Throws RigError: no such file, or not what it should be. */
export function xv6Target({ smp, ...given }: Xv6Options): Target {
  const { kernel, disk } = xv6Files(given);
  const elf = readElf(kernelFile(kernel, 'kernel'), kernel);
  kernelFile(disk, 'disk');
  const isProtected = bootFacts(elf).textProtected.value === true;
  return kernelTarget('xv6', async () => ({ name: 'xv6', layout: 'xv6', kernel, disk, smp }), isProtected);
}

/** calf, right or with one of its defects. */
export function calfTarget(defect: string | undefined, smp: number): Target {
  const name = defect === undefined ? 'calf' : `calf:${defect}`;
  return kernelTarget(
    name,
    async () => ({
      name,
      layout: 'calf',
      smp,
      kernel: (await calfKernel(defect)).path,
    }),
    true,
  );
}

/** The two files that a student's kernel needs. Throws RigError if one was not given. */
export function xv6Files({ kernel, disk }: Pick<Xv6Options, 'kernel' | 'disk'>): {
  readonly kernel: string;
  readonly disk: string;
} {
  if (kernel !== undefined && disk !== undefined) return { kernel, disk };
  throw new RigError(
    kernel === undefined ? 'xv6-kernel' : 'xv6-disk',
    `xv6 needs two files that its own build makes; ${kernel === undefined ? '--kernel' : '--disk'} was not given`,
    TYPE,
  );
}

function kernelTarget(name: string, options: () => Promise<BridgeOptions>, isProtected: boolean): Target {
  return wireTarget({
    name,
    kept: true,
    trusted: true,
    bail: BAIL,
    deadline: DEADLINE,
    limits: {
      pageSize: 4096,
      processes: 6,
      pages: 24,
      layout: isProtected ? 'all' : 'writable',
      dear: true,
      sessions: 2,
      worlds: 16,
    },
    sources: XV6_SOURCES,
    command: async () => {
      await agentFiles(0);
      const args = [BRIDGE, JSON.stringify(await options())];
      return { ...guarded(process.execPath, args), shown: `the bridge to ${escaped(name)}` };
    },
  });
}
