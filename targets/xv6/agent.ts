// The agent's program: the ready one of the package, or built at first use; and the images that are made of it.
import { access } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { RigError } from '../../spec/target.ts';
import { imageByte } from '../../spec/world.ts';
import { type Built, compiled, type Recipe } from '../compiled.ts';
import { readElf } from './elf.ts';

const PAGE = 4096;
/** Page numbers of text and rodata in every layout that has them. */
const TEXT_PAGE = 0;
const RODATA_PAGE = 1;

const FLAGS = [
  '-march=rv64imac -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0',
  '-Os -ffreestanding -fno-builtin -fno-common -fno-pic -fno-stack-protector',
  '-fno-tree-loop-distribute-patterns -ffixed-s11 -fno-asynchronous-unwind-tables -std=gnu11',
  '-static -nostdlib -Wl,-z,max-page-size=4096 -Wl,--build-id=none -Wl,-z,norelro -Wl,--discard-all',
].flatMap(line => line.split(' '));
const HEADERS =
  'accesses.h coordinator.h layout.h life.h lines.h mailbox.h ops.h pipes.h processes.h records.h system.h worker.h';

const RECIPE: Recipe = {
  name: 'xv6-agent',
  what: 'the xv6 agent',
  compiler: process.env['RISCV_CC'] ?? 'riscv64-linux-gnu-gcc',
  kind: 'C compiler for RISC-V',
  noCompiler: 'xv6-no-compiler',
  install: 'apt-get install gcc-riscv64-linux-gnu',
  folder: 'agents',
  sources: ['cowcheck.h', ...`agent.S agent.c agent.ld ${HEADERS}`.split(' ').map(file => `xv6/${file}`)],
  ways: ({ folder, out }) => [
    [
      [
        ...FLAGS,
        `-Wl,-T,${folder}/xv6/agent.ld`,
        '-o',
        out,
        `${folder}/xv6/agent.S`,
        `${folder}/xv6/agent.c`,
      ],
    ],
  ],
};

/** Where a package has it ready: beside what tsc makes. */
export const READY = fileURLToPath(new URL('../../agents/xv6/cow', import.meta.url));

/** The agent's ELF file; `directory`: build it, and keep it there. Throws RigError. */
export async function agentElf(directory?: string): Promise<Built> {
  const ready =
    directory === undefined &&
    (await access(READY).then(
      () => true,
      () => false,
    ));
  if (!ready) return compiled(RECIPE, directory);
  return {
    path: READY,
    hash: createHash('sha256')
      .update(await readFile(READY))
      .digest('hex')
      .slice(0, 16),
  };
}

/** The program of image `number`: the agent with that image's text and read-only page. */
export function imageOf(agent: Uint8Array, number: number): Uint8Array {
  const bytes = Uint8Array.from(agent);
  const { symbols, segments } = readElf(agent, 'the xv6 agent');
  const place = (name: string): number => {
    const address = symbols.get(name)?.address;
    const segment = segments.find(
      one => address !== undefined && address >= one.address && address < one.address + one.bytes.length,
    );
    if (address === undefined || segment === undefined)
      throw new RigError('xv6-agent-program', `the agent has no ${name}`, 'npm install cowcheck again');
    return segment.offset + address - segment.address;
  };
  new DataView(bytes.buffer).setUint32(place('image_number'), number, true);
  for (const [name, page, segment] of [
    ['text_arena', TEXT_PAGE, 'text'],
    ['rodata_arena', RODATA_PAGE, 'rodata'],
  ] as const) {
    const at = place(name);
    for (let offset = 0; offset < PAGE; offset++)
      bytes[at + offset] = imageByte(number, page, offset, segment);
  }
  return bytes;
}
