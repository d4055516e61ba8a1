// From the files of a kernel to one that runs with the agent in it and is known as far as it can be.
import { createHash } from 'node:crypto';
import { ARCHIVE_AT, archiveOf } from '../calf/archive.ts';
import { agentFiles } from './agent.ts';
import { type BootFacts, bootFacts } from './boot.ts';
import { Died, diedAt } from './died.ts';
import { withFiles } from './disk.ts';
import { readElf } from './elf.ts';
import { kernelFile } from './files.ts';
import type { Known } from './greeting.ts';
import { Guest } from './guest.ts';
import { Kernel } from './kernel.ts';
import { calf } from './layouts/calf.ts';
import { type KernelLayout, type Shapes, wantedOf } from './layouts/layout.ts';
import { xv6 } from './layouts/xv6.ts';
import { PAGE } from './memory.ts';
import { Machine, type MachineOptions, ramOf } from './machine.ts';
import { shapesOf } from './shapes.ts';
import { starved } from './starved.ts';
import { Typist } from './typist.ts';

/** What the bridge is told when it is started, as JSON. */
export interface BridgeOptions {
  readonly name: string;
  readonly layout: 'xv6' | 'calf';
  /** Files. A kernel without a disk finds the agent in an archive in memory. */
  readonly kernel: string;
  readonly disk?: string;
  readonly smp: number;
}

/** Images that the agent has: as many as a world may name. */
const IMAGES = 8;
const LAYOUTS: Readonly<Record<BridgeOptions['layout'], KernelLayout>> = { xv6, calf };
/** Bytes that a kernel may print while a family comes about. */
const CHATTY = 10_000;
/** A family that shares pages: what its pages are, and how it comes about. */
const LETTERS = 'ddbbhgs';
const FAMILY = [
  'fork 0 1',
  'fork 0 2',
  'fork 1 3',
  'fork 0 4',
  'write 0 0 0 4 7',
  'write 1 1 0 4 7',
  'fork 0 5',
];

/** A kernel that has reached its prompt. */
export interface Arrival {
  /** The agent runs in it, asked through memory or, where that cannot be read, through the console; or it died of that. */
  readonly guest: Guest | Typist | Died;
  readonly known: Known;
}

/** `started` hears of the machine at once, so that it can be ended. Throws RigError. */
export async function arrive(options: BridgeOptions, started: (machine: Machine) => void): Promise<Arrival> {
  const first = await arriveOnce(options, started, undefined);
  if (first.starved === false) return first;
  await first.machine.close();
  return arriveOnce(options, started, first.starved === true);
}

/** `known`: whether it is starved, which then is not tried; if it is tried, and so, the guest is spent. */
async function arriveOnce(
  { kernel: path, disk, smp, name, layout: kind }: BridgeOptions,
  started: (machine: Machine) => void,
  known: boolean | undefined,
): Promise<Arrival & { readonly starved: boolean | 'spent'; readonly machine: Machine }> {
  const { layout, bytes, elf, shapes, facts } = await readKernel(path, kind);
  const { files, coordinator, worker } = await agentFiles(IMAGES);
  const machine = await Machine.start({ kernel: bytes, smp, facts, ...carrying(files, disk) });
  started(machine);
  await machine.boot();
  const memory = ramOf(machine, layout);
  const kernel = new Kernel(memory, elf.symbols, shapes.of, layout);
  const parts = {
    machine,
    kernel,
    elf,
    shapes: shapes.of,
    layout,
    smp,
    isHonest: !facts.base.startsWith('2019'),
    coordinator: readElf(coordinator, 'the agent'),
    worker: readElf(worker, 'the agent'),
  };
  let hungry: boolean | 'spent' = false;
  const guest = arrived(() => {
    if (!kernel.hasProcesses) return Typist.start(parts);
    const acquainted = Guest.start(parts);
    hungry = acquaint(acquainted, known === undefined);
    return acquainted;
  });
  const missing = kernel.missing();
  const unread = shapes.notUnderstood === undefined ? [] : [shapes.notUnderstood];
  return {
    guest,
    machine,
    starved: known === undefined ? hungry : false,
    known: {
      name,
      facts,
      kernel: createHash('sha256').update(bytes).digest('hex').slice(0, 16),
      smp,
      counts: guest instanceof Guest ? guest.examination.counts?.shape.symbol : undefined,
      readable: kernel.hasProcesses,
      free: kernel.hasProcesses && kernel.freeHead >= 0,
      starved: known === true,
      leftOut: kernel.hasProcesses ? [...unread, ...missing] : unread.length > 0 ? unread : missing,
      isCalf: kind === 'calf',
    },
  };
}

/** Some kernels do not live to see the first op of a search. */
function arrived(start: () => Guest | Typist): Guest | Typist | Died {
  try {
    return start();
  } catch (cause) {
    if (cause instanceof Died) return cause;
    throw cause;
  }
}

/** A kernel's file, read as far as it can be without starting it. Throws RigError. */
export async function readKernel(path: string, kind: BridgeOptions['layout']) {
  const layout = LAYOUTS[kind];
  const bytes = kernelFile(path, 'kernel');
  const elf = readElf(bytes, path);
  const shapes = await shapesOf(path, wantedOf(layout));
  return { layout, bytes, elf, shapes, facts: dated(factsOf(kind, bootFacts(elf)), shapes.of) };
}

/** What a machine is started with so that the kernel finds `files`: a disk, or an archive for a kernel without one. Throws RigError. */
export function carrying(
  files: ReadonlyMap<string, Uint8Array>,
  disk: string | undefined,
): Pick<MachineOptions, 'archive' | 'disk'> {
  if (disk !== undefined) return { disk: withFiles(kernelFile(disk, 'disk'), files) };
  const archived = [...files].map(([name, bytes]) => ({ name, bytes }));
  return { archive: { at: ARCHIVE_AT, bytes: archiveOf(archived) } };
}

/** Lets a family share pages, so that the kernel's counts can be told from other numbers; `tries`: and whether it is starved. */
function acquaint(guest: Guest, tries: boolean): boolean | 'spent' {
  guest.image(0, LETTERS);
  const before = guest.printed;
  guest.ask(['world 4096 6 0 0', `image 0 ${LETTERS}`, 'reset']);
  guest.examine('reset');
  for (const line of FAMILY) {
    diedAt(guest.ask([line])[0] ?? '');
    guest.examine(line.split(' ', 1)[0] ?? '');
    if (guest.examination.findCounts().shape !== undefined) break;
  }
  // A kernel may put its counts behind its image, and give out what lies behind them: no symbol tells of that.
  const { kernel, examination, lowest = 0 } = guest;
  if (lowest > kernel.firstFrame) examination.findCounts(lowest * PAGE, (kernel.firstFrame - 1) * PAGE);
  const hungry = tries && kernel.freeHead >= 0 ? starved(guest) : false;
  if (hungry !== false) return hungry;
  guest.ask(['world 4096 6 0 0']);
  // A kernel that prints what a fork does would print for minutes if a process were large.
  if (guest.printed - before < CHATTY) guest.reserve();
  guest.examine('reset');
  guest.examination.rebase();
  return false;
}

/** The code of 2019 and 2020 is alike; the name of a process's saved registers is not. */
function dated(facts: BootFacts, shapes: Shapes): BootFacts {
  if (facts.base !== '2019–2020' || shapes.get('struct proc.pagetable') === undefined) return facts;
  return { ...facts, base: shapes.get('struct proc.tf') === undefined ? '2020' : '2019' };
}

/** calf is ours: what its base is like is known, and its names are not xv6's to tell by. */
function factsOf(layout: BridgeOptions['layout'], facts: BootFacts): BootFacts {
  if (layout === 'xv6') return facts;
  const known = (value: boolean): BootFacts['pmp'] => ({ value, evidence: 'is calf' });
  return {
    ...facts,
    textProtected: known(true),
    lazySbrk: known(false),
    copyoutChecksWrite: known(true),
    base: 'calf',
  };
}
