// Kernels in QEMU as targets: xv6, as a student hands it in, and calf, ours.
import { fileURLToPath } from 'node:url';
import type { RacingTarget } from '../../spec/race.ts';
import { calfKernel } from '../calf/kernel.ts';
import { wireTarget } from '../wire.ts';
import { escaped } from '../wire/refusal.ts';
import { agentFiles } from './agent.ts';
import { bootFacts } from './boot.ts';
import type { BridgeOptions } from './arrival.ts';
import { readElf } from './elf.ts';
import { XV6_SOURCES } from './dialect.ts';
import { type GivenFiles, kernelFile, xv6Files } from './files.ts';
import { guarded } from './guard.ts';

const BRIDGE = fileURLToPath(new URL('./bridge.js', import.meta.url));
/** Milliseconds without an answer: beyond what the bridge itself waits for before it calls a kernel hung, and beyond its boot. */
const DEADLINE = 60_000;
/** Distinct findings after which a search ends by itself. */
const BAIL = 100;

export interface Xv6Options extends GivenFiles {
  /** Harts. */
  readonly smp: number;
}

/** A student's kernel. Throws RigError: no such file, or not what it should be. */
export function xv6Target({ smp, ...given }: Xv6Options): RacingTarget {
  const { kernel, disk } = xv6Files(given);
  const elf = readElf(kernelFile(kernel, 'kernel'), kernel);
  kernelFile(disk, 'disk');
  const isProtected = bootFacts(elf).textProtected.value === true;
  return kernelTarget('xv6', smp, async () => ({ name: 'xv6', layout: 'xv6', kernel, disk }), isProtected);
}

/** calf, right or with one of its defects. */
export function calfTarget(defect: string | undefined, smp: number): RacingTarget {
  const name = defect === undefined ? 'calf' : `calf:${defect}`;
  return kernelTarget(
    name,
    smp,
    async () => ({
      name,
      layout: 'calf',
      kernel: (await calfKernel(defect)).path,
    }),
    true,
  );
}

function kernelTarget(
  name: string,
  smp: number,
  kernel: () => Promise<Omit<BridgeOptions, 'smp'>>,
  isProtected: boolean,
): RacingTarget {
  const target = wireTarget({
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
      const args = [BRIDGE, JSON.stringify({ ...(await kernel()), smp })];
      return { ...guarded(process.execPath, args), shown: `the bridge to ${escaped(name)}` };
    },
  });
  if (smp < 2) return target;
  return {
    ...target,
    races: async wishes => (await import('./races/search.ts')).searchRaces(await kernel(), wishes),
  };
}
