// The state of a small world as plain data: processes, page tables, frames, and where they differ from eager copying.
import { ALIVE, NONE, UNMAPPED, ZOMBIE } from '../spec/law.ts';
import { ENDED_KILLED } from '../spec/reply.ts';
import { addressOf, handleOf, nameOf } from '../spec/tape.ts';
import * as shown from '../spec/transcript.ts';
import { EXECUTE, READ, WRITE } from '../spec/world.ts';
import type { Stage } from './stage.ts';
import type { WalkFrame, WalkPage, WalkProcess, WalkState } from './walkable.ts';

/** Bytes of a page that are shown. */
const SHOWN_BYTES = 16;

/** By number: UNMAPPED, PRIVATE … */
const KINDS = ['not mapped', 'private', 'image', 'private file', 'shared', 'shared file'];

const BITS = [
  [shown.PRESENT, 'present'],
  [shown.WRITABLE, 'writable'],
  [shown.COPY_ON_WRITE, 'copy-on-write'],
  [shown.SWAPPED, 'swapped'],
  [shown.HUGE, 'huge'],
  [shown.LAZY, 'freed lazily'],
] as const;

/** The present state of `stage`. `eager`: does the reference stand where the machine does, so that they can be compared? */
export function portrait(stage: Stage, eager: boolean): WalkState {
  const { machine, reference } = stage;
  const { memory } = machine;
  const processes: WalkProcess[] = [];
  for (let p = 0; p < stage.names; p++)
    if (machine.state[p] !== NONE) processes.push(process(stage, p, eager));
  return {
    processes,
    frames: frames(stage, processes),
    cpus: [],
    totals: [
      { name: 'data frames in use', value: `${memory.used} of ${memory.data}` },
      { name: 'data frames of eager copying', value: String(reference.frames) },
      { name: 'page-table frames', value: String(memory.tables) },
      ...(memory.armed > 0
        ? [{ name: 'allocation that will fail', value: `number ${memory.armed} from now` }]
        : []),
    ],
  };
}

function process(stage: Stage, p: number, eager: boolean): WalkProcess {
  const { machine, world } = stage;
  const { layout } = machine;
  const { pages } = layout;
  const parent = machine.parent[p]!;
  const image = machine.image[p]!;
  const space = machine.spaceOf[p]!;
  const owner = machine.spaceOf.findIndex((other, q) => other === space && q !== p && space >= 0);
  return {
    name: nameOf(p),
    state: life(stage, p),
    parent: parent < 0 ? 'init' : nameOf(parent),
    image: world.images[image]?.name ?? `number ${image}`,
    ...(owner < 0 ? {} : { memory: nameOf(owner) }),
    pages: space < 0 ? [] : Array.from({ length: pages }, (_, page) => onePage(stage, p, page, eager)),
  };
}

function life({ machine }: Stage, p: number): string {
  const ending = machine.ending[p]!;
  if (machine.state[p] === ZOMBIE)
    return `zombie, ${ending === ENDED_KILLED ? 'killed' : `status ${ending}`}`;
  const waits = machine.suspendedBy[p]!;
  const doomed = machine.doomed[p] === 1 ? ', to be killed' : '';
  return waits >= 0 ? `suspended until ${nameOf(waits)} execs or ends${doomed}` : `alive${doomed}`;
}

function onePage(stage: Stage, p: number, page: number, eager: boolean): WalkPage {
  const { machine, world } = stage;
  const { bits, kind, access, frame, layout, memory } = machine;
  const entry = machine.spaceOf[p]! * layout.pages + page;
  const refers = (bits[entry]! & shown.REFERS) !== 0 && frame[entry]! >= 0;
  const held = refers ? pageBytes(memory.bytes, frame[entry]!, world.pageSize) : undefined;
  const wanted = eager && held !== undefined ? eagerBytes(stage, p, page) : undefined;
  return {
    at: addressOf(page, 0, world),
    permission: permission(access[entry]!),
    kind: KINDS[kind[entry]!] ?? 'unknown',
    ...(refers ? { frame: frame[entry]! } : {}),
    bits: BITS.filter(([bit]) => (bits[entry]! & bit) !== 0).map(([, name]) => name),
    ...(held === undefined ? {} : { bytes: held }),
    ...(wanted === undefined || wanted === held ? {} : { eager: wanted }),
  };
}

/** What the reference holds there; undefined where it holds nothing, or more than one answer is right. */
function eagerBytes({ reference, world }: Stage, p: number, page: number): string | undefined {
  if (reference.state[p] !== ALIVE) return undefined;
  const entry = reference.spaceOf[p]! * reference.pages + page;
  if (reference.kind[entry] === UNMAPPED || reference.lazy[entry] !== 0) return undefined;
  return pageBytes(reference.bytes, reference.where[entry]!, world.pageSize);
}

function permission(bits: number): string {
  const letters = [
    [READ, 'r'],
    [WRITE, 'w'],
    [EXECUTE, 'x'],
  ] as const;
  return (
    letters
      .filter(([bit]) => (bits & bit) !== 0)
      .map(([, letter]) => letter)
      .join('') || 'none'
  );
}

function pageBytes(bytes: Uint8Array, block: number, size: number): string {
  const from = block * size;
  const hex = Array.from(bytes.subarray(from, from + Math.min(size, SHOWN_BYTES)), byte =>
    byte.toString(16).padStart(2, '0'),
  ).join(' ');
  return size > SHOWN_BYTES ? `${hex} …` : hex;
}

function frames(stage: Stage, processes: readonly WalkProcess[]): readonly WalkFrame[] {
  const { machine, world } = stage;
  const { memory } = machine;
  const holders = new Map<number, string[]>();
  const add = (frame: number, holder: string): void => {
    holders.set(frame, [...(holders.get(frame) ?? []), holder]);
  };
  const seen = new Set<string>();
  for (const { name, memory: shared, pages } of processes) {
    // One memory that two processes use holds its frames once.
    if (shared !== undefined && seen.has(shared)) continue;
    seen.add(name);
    for (const { at, frame } of pages) if (frame !== undefined) add(frame, `${name} ${at}`);
  }
  machine.pinned.forEach((frame, handle) => {
    if (frame >= 0) add(frame, handleOf(handle));
  });
  const list: WalkFrame[] = [];
  for (let number = 0; number < memory.count.length; number++) {
    const free = memory.listed[number] === 1;
    const cached = number >= memory.data && number < memory.slots;
    const own = holders.get(number) ?? [];
    if (number >= memory.data && own.length === 0 && (cached || free)) continue;
    list.push({
      number,
      role: role(stage, number),
      free: free && !cached,
      count: memory.count[number]!,
      holders: cached ? [...own, 'the cache'] : own,
      bytes: pageBytes(memory.bytes, number, world.pageSize),
    });
  }
  return list;
}

function role({ machine: { memory } }: Stage, number: number): string {
  if (number < memory.data) return 'data';
  if (number >= memory.slots) return 'slot';
  if (number >= memory.file) return 'file';
  return number === memory.zero ? 'zero' : 'image';
}
