// The guest agent as files for an xv6 disk: the coordinator, and an image for each image of a world.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { imageByte } from '../../spec/world.ts';
import { compiled, compileTo, hashOf, type Recipe } from '../compiled.ts';
import { readElf } from './elf.ts';

export interface AgentFiles {
  /** Of their source and of how they are built. */
  readonly hash: string;
  /** What goes on the disk, by name: `cow`, which the shell starts, then `cow0`, `cow1`, … */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** The two programs, for their symbols: `mailbox_at` in the coordinator; in the worker, and at the same place in every image, the arenas. */
  readonly coordinator: Uint8Array;
  readonly worker: Uint8Array;
}

const COMMON = ['system.h', 'records.h', 'images.h'];
const COORDINATOR = [
  'state.h',
  'mailbox.h',
  'pipes.h',
  'processes.h',
  'layout.h',
  'accesses.h',
  'ops.h',
  'life.h',
  'lines.h',
];
const PAGE = 4096;

const FLAGS = [
  '-march=rv64imac -mabi=lp64 -mcmodel=medany -mno-relax -msmall-data-limit=0',
  '-std=gnu11 -Os -w -ffreestanding -fno-builtin -fno-common -fno-pic -ffixed-s11',
  '-fno-stack-protector -fno-tree-loop-distribute-patterns -fno-asynchronous-unwind-tables',
  '-static -nostdlib -Wl,-z,max-page-size=4096 -Wl,-z,norelro -Wl,--build-id=none -Wl,--discard-all',
].flatMap(line => line.split(' '));

/** One of the programs. Addresses are fixed, nothing is loaded that is not needed, and register s11 is the identity. */
function recipe(name: 'coordinator' | 'worker' | 'racer', headers: readonly string[]): Recipe {
  const own = [`xv6/${name}.c`, `xv6/${name}.S`];
  return {
    name: `xv6-${name}`,
    what: 'the xv6 agent',
    compiler: process.env['RISCV_CC'] ?? 'riscv64-linux-gnu-gcc',
    kind: 'C compiler for RISC-V',
    noCompiler: 'xv6-no-compiler',
    install: 'apt-get install gcc-riscv64-linux-gnu',
    folder: 'agents',
    sources: [...own, `xv6/${name}.ld`, ...headers.map(file => `xv6/${file}`), 'cowcheck.h'],
    ways: ({ folder, out }) => [
      [
        [
          ...FLAGS,
          `-Wl,-T,${join(folder, `xv6/${name}.ld`)}`,
          '-o',
          out,
          ...own.map(file => join(folder, file)),
        ],
      ],
    ],
  };
}

const AGENT = [recipe('coordinator', [...COMMON, ...COORDINATOR]), recipe('worker', COMMON)];
const RACER = recipe('racer', ['system.h']);
const RECIPES = [...AGENT, RACER];

/** Where a package has them ready built. */
const READY = join(dirname(fileURLToPath(import.meta.url)), '../../agents/xv6');

async function hashOfAll(recipes: readonly Recipe[]): Promise<string> {
  return (await Promise.all(recipes.map(hashOf))).join('');
}

/** Builds them into the package, for those who have no compiler. Throws RigError without one here. */
export async function makeReady(directory = READY): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (const each of RECIPES) await compileTo(each, join(directory, each.name));
  await writeFile(join(directory, 'hash'), await hashOfAll(RECIPES));
}

/** The programs of `recipes`: ready ones if they are of this very source, else built ones. */
async function programs(recipes: readonly Recipe[], cache?: string): Promise<readonly Uint8Array[]> {
  const ready = await readFile(join(READY, 'hash'), 'utf8').catch(() => '');
  if (ready === (await hashOfAll(RECIPES)) && cache === undefined)
    return Promise.all(recipes.map(each => readFile(join(READY, each.name))));
  const paths = [];
  for (const each of recipes) paths.push((await compiled(each, cache)).path);
  return Promise.all(paths.map(path => readFile(path)));
}

/** The agent for a world with `images` images; `cache` is where to keep what is built. Throws RigError without a compiler. */
export async function agentFiles(images: number, cache?: string): Promise<AgentFiles> {
  const hash = await hashOfAll(AGENT);
  const [coordinator = new Uint8Array(), worker = new Uint8Array()] = await programs(AGENT, cache);
  const files = new Map([['cow', coordinator]]);
  for (let image = 0; image < images; image++) files.set(`cow${image}`, imageOf(worker, image));
  return { hash, files, coordinator, worker };
}

/** The program `race`, under the names that it is looked for by: its own, and one for each racer to read. Throws RigError without a compiler. */
export async function racerFiles(): Promise<{
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly racer: Uint8Array;
}> {
  const [racer = new Uint8Array()] = await programs([RACER]);
  const own = racer.subarray(0, 4096);
  return {
    files: new Map([
      ['race', racer],
      ['racep', own],
      ['raceq', own],
    ]),
    racer,
  };
}

/** Image number `image` of `worker`: its number, and the patterns of its text and rodata pages, which are pages 0 and 1 of a layout. */
export function imageOf(worker: Uint8Array, image: number): Uint8Array {
  const { segments, symbols } = readElf(worker, 'the xv6 agent');
  const bytes = Uint8Array.from(worker);
  const fileOffset = (symbol: string): number => {
    const address = symbols.get(symbol)?.address ?? -1;
    const segment = segments.find(
      ({ address: from, bytes: { length } }) => address >= from && address < from + length,
    );
    if (segment === undefined) throw new TypeError(`the xv6 agent has no ${symbol} in its file`);
    return segment.offset + address - segment.address;
  };
  const pages = [
    ['text_arena', 0, 'text'],
    ['rodata_arena', 1, 'rodata'],
  ] as const;
  for (const [symbol, page, segment] of pages) {
    const at = fileOffset(symbol);
    for (let offset = 0; offset < PAGE; offset++)
      bytes[at + offset] = imageByte(image, page, offset, segment);
  }
  new DataView(bytes.buffer).setUint32(fileOffset('image_number'), image, true);
  return bytes;
}
