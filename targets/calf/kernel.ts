// Builds calf, our teaching kernel in kernels/calf, right or with one of its defects, at first use.
import { join } from 'node:path';
import { RigError } from '../../spec/target.ts';
import { type Built, compiled, type Recipe } from '../compiled.ts';
import { escaped } from '../wire/refusal.ts';
import { DEFECTS } from './defects.ts';

const words = (...lines: readonly string[]): readonly string[] => lines.flatMap(line => line.split(' '));

/** How each of its sources is compiled. */
export const FLAGS = words(
  '-march=rv64gc -mabi=lp64d -mcmodel=medany -msmall-data-limit=0',
  '-ffreestanding -nostdlib -static -fno-pie -no-pie -fno-common -fno-stack-protector',
  '-fno-delete-null-pointer-checks -fno-tree-loop-distribute-patterns',
  '-O1 -g -gdwarf-4 -w',
  '-Wl,--build-id=none -Wl,-z,max-page-size=4096 -Wl,-z,norelro',
);
const KERNEL = words(
  'boot.S trap.S boot.c lock.c text.c console.c frames.c vm.c cow.c',
  'sched.c task.c trap.c pipe.c node.c file.c exec.c syscall.c',
);
const SOURCES = [...KERNEL, ...words('init.c calf.ld user.ld calf.h riscv.h offsets.h defects.h')];

/** A defect's name as the C sources have it. */
export function switchOf(defect: string): string {
  return defect.replaceAll('-', '_');
}

function recipe(defect: string | undefined): Recipe {
  return {
    name: defect === undefined ? 'calf' : `calf-${defect}`,
    what: 'the kernel calf',
    compiler: process.env['RISCV_CC'] ?? 'riscv64-linux-gnu-gcc',
    kind: 'C compiler for RISC-V',
    noCompiler: 'calf-no-compiler',
    install: 'apt-get install gcc-riscv64-linux-gnu',
    folder: 'kernels/calf',
    sources: SOURCES,
    ways: ({ folder, out, scratch }) => [
      [
        // The first program, an ELF file of its own, becomes part of the kernel's.
        [...FLAGS, '-T', join(folder, 'user.ld'), '-o', join(scratch, 'init.elf'), join(folder, 'init.c')],
        [
          ...FLAGS,
          ...(defect === undefined ? [] : [`-DDEFECT=DEFECT_${switchOf(defect)}`]),
          `-Wa,-I${scratch}`,
          '-T',
          join(folder, 'calf.ld'),
          '-o',
          out,
          ...KERNEL.map(file => join(folder, file)),
        ],
      ],
    ],
  };
}

const built = new Map<string, Promise<Built>>();

/**
 * The kernel's ELF file, built if need be; `directory`: keep it there, not in the user's cache.
 * Throws RigError: no such defect, no compiler.
 */
export async function calfKernel(defect?: string, directory?: string): Promise<Built> {
  if (defect !== undefined && !DEFECTS.some(({ name }) => name === defect))
    throw new RigError(
      'calf-defect',
      `calf has no defect "${escaped(defect)}"; it has ${DEFECTS.map(({ name }) => name).join(', ')}`,
      'cowcheck fuzz calf',
    );
  if (directory !== undefined) return compiled(recipe(defect), directory);
  const key = defect ?? '';
  const kept = built.get(key);
  if (kept !== undefined) return kept;
  const building = compiled(recipe(defect)).catch((cause: unknown) => {
    built.delete(key);
    throw cause;
  });
  built.set(key, building);
  return building;
}
