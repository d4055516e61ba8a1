// The bounds of an exploration: how small a world, which ops, and which names mean nothing under them.
import { type Grain, VALUES } from '../properties/alphabet.ts';
import type { OpName } from '../spec/op.ts';
import type { World } from '../spec/world.ts';
import type { Symmetries } from './canon.ts';

export interface Bounds {
  readonly processes: number;
  /** Pages of data that an image is loaded with; a page of text comes on top. */
  readonly pages: number;
  readonly frames: number;
  /** Values that a page can hold, the one it is loaded with among them. */
  readonly values: number;
  readonly ops: readonly OpName[];
}

/** What is explored if nothing else is asked for: small enough to end, large enough for three to share a frame. */
export const BOUNDS: Bounds = {
  processes: 3,
  pages: 2,
  frames: 6,
  values: 2,
  ops: ['fork', 'exec', 'exit', 'read', 'write', 'kwrite'],
};

/** Bytes from here on are values: images, the file and statuses of others hold lower ones. */
const FIRST_VALUE = 0xe0;
export const MOST_VALUES = 16;

/** Ops that need somewhere to map, or a heap to move. */
const MAPPING: readonly OpName[] = ['mmap', 'munmap', 'mremap'];

/** Pages of eight bytes: a value and as much behind it. */
export function smallestWorld({ processes, pages, frames, ops }: Bounds): World {
  const map = ops.some(name => MAPPING.includes(name));
  const heap = ops.includes('sbrk');
  return {
    pageSize: 8,
    processes,
    frames,
    images: [{ name: 'only', text: 1, data: pages }],
    ...(map || heap ? { spare: { ...(heap ? { heap: 1 } : {}), ...(map ? { map: 1 } : {}) } } : {}),
  };
}

/** Pages that hold one of `values` values. */
export function coarse(values: number): Grain {
  return {
    range: 1,
    coarse: true,
    values: Array.from({ length: values - 1 }, (_, i) => FIRST_VALUE + i),
    accesses: ['r', 'rw'],
  };
}

/** Single bytes of two values: what proofs are about. */
export const FINE: Grain = { range: 2, values: VALUES };

/** Ops that treat every page alike, whatever else happens: none of them can fail after some pages and before others. */
const PAGE_BY_PAGE: readonly OpName[] = [
  'fork',
  'vfork',
  'exec',
  'exit',
  'wait',
  'kill',
  'read',
  'write',
  'mprotect',
];

/** The names that mean nothing when at most so many processes perform these ops; each is checked by `--prove-symmetry`. */
export function symmetriesOf({ ops, processes }: Pick<Bounds, 'ops' | 'processes'>): Symmetries {
  // A scan for pages to merge goes through the spaces, and takes the first; wait takes the first of two zombies.
  const scans = ops.includes('merge');
  const chooses = ops.includes('wait') && processes > 2;
  return {
    frames: true,
    processes: !scans && !chooses,
    values: true,
    pages: ops.every(name => PAGE_BY_PAGE.includes(name)),
    spaces: !scans,
  };
}

export const NO_SYMMETRIES: Symmetries = {
  frames: false,
  processes: false,
  values: false,
  pages: false,
  spaces: true,
};

/** Does nobody wait, so that it makes no difference whose child a process is? */
export function nobodyWaits(ops: readonly OpName[]): boolean {
  return !ops.includes('wait') && !ops.includes('vfork');
}
