// The programs that xv6 kernels are run, read and built with: are they on this machine?
import { spawnSync } from 'node:child_process';
import { INSTALL_QEMU } from './qemu.ts';
import { INSTALL_GDB } from './shapes.ts';

export interface Tool {
  readonly what: string;
  readonly works: boolean;
  /** Its version, or what is not possible without it. */
  readonly detail: string;
  readonly remedy?: string;
}

const TOOLS = [
  ['QEMU for RISC-V', 'qemu-system-riscv64', 'xv6 and calf kernels run in it', INSTALL_QEMU],
  [
    'gdb-multiarch',
    'gdb-multiarch',
    'a kernel’s structures are read with it; without it xv6 and calf cannot be searched',
    INSTALL_GDB,
  ],
  [
    'RISC-V compiler',
    'riscv64-linux-gnu-gcc',
    'calf, and from a checkout the agent for xv6, are built with it',
    'apt-get install gcc-riscv64-linux-gnu',
  ],
] as const;

/** Asks each program its version. */
export function xv6Tools(): readonly Tool[] {
  return TOOLS.map(([what, command, purpose, remedy]) => {
    const run = spawnSync(command, ['--version'], { encoding: 'utf8', timeout: 20_000 });
    return run.status === 0
      ? { what, works: true, detail: run.stdout.split('\n')[0] ?? '' }
      : { what, works: false, detail: `${command} is not there; ${purpose}`, remedy };
  });
}
