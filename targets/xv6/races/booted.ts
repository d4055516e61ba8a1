// From the files of a kernel to one at its prompt on two harts, with the racing agent on its disk and its structures understood.
import { RigError } from '../../../spec/target.ts';
import { racerFiles } from '../agent.ts';
import { type BridgeOptions, carrying, readKernel } from '../arrival.ts';
import { told } from '../counts.ts';
import { type Elf, readElf } from '../elf.ts';
import { Kernel } from '../kernel.ts';
import { Machine, ramOf } from '../machine.ts';
import { Examination } from '../snapshot.ts';
import { shorten } from '../start.ts';
import { Gdb } from './gdb.ts';

export type RaceOptions = Pick<BridgeOptions, 'name' | 'layout' | 'kernel' | 'disk'>;

export interface Booted {
  readonly machine: Machine;
  readonly gdb: Gdb;
  readonly kernel: Kernel;
  readonly elf: Elf;
  readonly examination: Examination;
  /** The racing agent's program, for its symbols. */
  readonly racer: Elf;
}

export const HARTS = 2;

/** `started` hears of the machine at once, so that it can be ended. Throws RigError. */
export async function booted(options: RaceOptions, started: (machine: Machine) => void): Promise<Booted> {
  const { layout, bytes, elf, shapes, facts } = await readKernel(options.kernel, options.layout);
  const { files, racer } = await racerFiles();
  const machine = await Machine.start({
    kernel: bytes,
    smp: HARTS,
    facts,
    gdb: true,
    ...carrying(files, options.disk),
  });
  started(machine);
  if (machine.gdb === undefined) throw new Error('the machine was started without a gdb stub');
  const gdb = new Gdb(machine.gdb);
  await machine.boot();
  const memory = ramOf(machine, layout);
  const kernel = new Kernel(memory, elf.symbols, shapes.of, layout);
  if (!kernel.hasProcesses || kernel.freeHead < 0)
    throw new RigError(
      'xv6-not-understood',
      `the kernel's processes and free frames cannot be read: ${shapes.notUnderstood ?? kernel.missing().join('; ')}`,
      'build it with symbols and debug information (-ggdb), and install gdb-multiarch; docs/new-kernel.md tells how to describe another kernel',
    );
  shorten(machine, kernel);
  const examination = new Examination(kernel, told(layout, elf.symbols, shapes.of));
  return { machine, gdb, kernel, elf, examination, racer: readElf(racer, 'the agent') };
}
