// Every op worth trying in a small world: each kind, with few offsets, lengths and values, for an actor to be named.
import * as op from '../spec/op.ts';
import { ACCESSES, ADVICE, type Advice, MAPPINGS, type OpName, REARRANGEMENTS } from '../spec/op.ts';
import { layoutFor, STRIDE } from '../spec/tape.ts';
import { imageContents, type World } from '../spec/world.ts';

/** Two values that differ in every byte, so that one of them differs from whatever a byte held. */
export const VALUES = [0, -1] as const;

/** Bytes of a value. */
const WORD = 4;

/** Where the names go in a packed op: the actor, and the child or the victim; the handle of a new pin. */
export const ACTOR = 1;
export const OTHER = 2;
export const HANDLE = 5;

/** Of which page, and how much of it, an op of the alphabet speaks. */
export interface Grain {
  /** Most pages of a range of a mapping op, and by which the heap grows or shrinks. */
  readonly range: number;
  /** Values of stores: a choice of `VALUES` at least; if `coarse`, words of one byte that no page is loaded with. */
  readonly values: readonly number[];
  /**
   * A page holds one value, in its first word: one of these, or what it was loaded with. Stores write that word and exits
   * have a value as status, so that few states are told apart. For the same reason a
   * kernel write straddles pages only at the end of the data, mmap makes private and shared pages that may be written, munmap takes those,
   * mprotect and what wait stores are for data.
   */
  readonly coarse?: boolean;
  /** Only addresses of data, and images that are there: nothing that would be refused. */
  readonly sound?: boolean;
  /** What is asked of mmap and mprotect; default: all. */
  readonly accesses?: readonly (typeof ACCESSES)[number][];
}

/**
 * Packed ops of the kinds `ops` in `world`, with 0 for every name. A page is named by its first byte, by its second, and
 * by its last together with the first of the next; an address of no segment by one edge, since all are refused alike; an
 * image that is missing by one number; `failalloc` by every number of allocations that one op can make.
 */
export function alphabetOf(
  world: World,
  ops: readonly OpName[],
  grain: Grain,
  advice: readonly Advice[] = ['dontneed'],
): readonly Int32Array[] {
  const letters: Int32Array[] = [];
  const add = (...words: number[]): void => {
    const letter = new Int32Array(STRIDE);
    letter.set(words);
    letters.push(letter);
  };
  const { pages, start, span } = layoutFor(world);
  const last = world.pageSize - 1;
  const has = (name: OpName): boolean => ops.includes(name);
  const ranges = (each: (page: number, count: number) => void): void => {
    for (let page = 0; page < pages; page++)
      for (let count = 1; count <= grain.range && page + count <= pages + 1; count++) each(page, count);
  };
  const { coarse = false, sound = false, accesses = ACCESSES } = grain;
  const contents = imageContents(world, layoutFor(world))[0];
  const loaded = (page: number, offset: number): number => {
    const at = page * world.pageSize + offset;
    return [0, 1, 2, 3].reduce((word, i) => word | ((contents?.[at + i] ?? 0) << (8 * i)), 0);
  };
  const stores = (code: number, page: number, offset: number, length: number): void => {
    // Refused, whatever the value.
    if (page === pages || (coarse && page < start.data))
      return add(code, 0, page, offset, length, grain.values[0] ?? 0);
    if (coarse && offset === 0) add(code, 0, page, offset, length, loaded(page, 0));
    for (const value of grain.values) add(code, 0, page, offset, length, value);
  };
  for (const name of ['fork', 'clone', 'vfork', 'kill'] as const) if (has(name)) add(op.OPS[name].code, 0, 0);
  const images = world.images.length + (sound ? 0 : 1);
  if (has('exec')) for (let image = 0; image < images; image++) add(op.EXEC, 0, image, 0, 0);
  if (has('exit')) for (const status of coarse ? grain.values : [0, 1]) add(op.EXIT, 0, status);
  if (has('wait')) add(op.WAIT, 0, -1);
  for (let page = sound ? start.data : 0; page <= (sound ? start.data + span.data - 1 : pages); page++) {
    const edge = page === pages;
    const stored = !coarse || edge || (page >= start.data && page < start.data + span.data);
    for (const offset of edge || coarse ? [0] : [0, last])
      if (has('wait') && stored) add(op.WAIT, 0, page, offset);
    if (has('read')) add(op.READ_OP, 0, page, 0, 1);
    if (has('kread')) add(op.KREAD, 0, page, 0, 1);
    for (const offset of edge || coarse ? [0] : [0, 1]) {
      if (has('write')) stores(op.WRITE_OP, page, offset, coarse ? WORD : 1);
      if (has('kwrite')) stores(op.KWRITE, page, offset, coarse ? WORD : 1);
    }
    if (edge) continue;
    if (has('kread')) add(op.KREAD, 0, page, last, 2);
    if (has('kwrite') && coarse) {
      // From the last page of data on to where nothing is: what it writes before it is refused is there already.
      const end = world.pageSize - WORD;
      if (page === start.data + span.data - 1) add(op.KWRITE, 0, page, end, 2 * WORD, loaded(page, end));
    } else if (has('kwrite')) stores(op.KWRITE, page, last, 2);
    // Every byte of a page that may be freed and taken: none is left of which FREE permits two values.
    if (has('write') && has('swapout') && advice.includes('free')) stores(op.WRITE_OP, page, 0, last + 1);
  }
  const mappings = coarse ? (['private', 'shared'] as const) : MAPPINGS;
  if (has('mmap'))
    for (let page = start.map; page < start.map + span.map; page++)
      for (const mapping of mappings)
        for (const access of coarse ? (['rw'] as const) : accesses)
          add(op.MMAP, 0, page, 0, 1, MAPPINGS.indexOf(mapping), ACCESSES.indexOf(access));
  ranges((page, count) => {
    if (has('munmap') && !(coarse && page < start.map)) add(op.MUNMAP, 0, page, 0, count);
    if (has('madvise')) for (const one of advice) add(op.MADVISE, 0, page, 0, count, ADVICE.indexOf(one));
    if (has('mprotect') && !(coarse && layoutFor(world).segmentOf[page] !== 'data'))
      for (const access of accesses) add(op.MPROTECT, 0, page, 0, count, ACCESSES.indexOf(access));
  });
  for (let page = 0; page <= pages; page++) {
    if (has('pin')) for (const access of [op.PIN_READ, op.PIN_WRITE]) add(op.PIN, 0, page, 0, access);
    for (const name of REARRANGEMENTS) if (has(name)) add(op.OPS[name].code, 0, page, 0);
    for (let to = start.map; has('mremap') && to < start.map + span.map; to++)
      add(op.MREMAP, 0, page, 0, 1, to, 0);
  }
  // Two pages of the same bytes, or of the same half: what merging looks for.
  const size = world.pageSize;
  for (let page = 0; has('merge') && has('kwrite') && page < pages; page++)
    for (const half of [0, size / 2]) stores(op.KWRITE, page, half, 2 * size - half);
  if (has('unpin')) add(op.UNPIN, 0);
  if (has('dma'))
    for (const offset of [0, 1]) for (const value of grain.values) add(op.DMA, 0, offset, 1, value);
  if (has('sbrk'))
    for (let by = 1; by <= grain.range; by++) for (const sign of [1, -1]) add(op.SBRK, 0, sign * by);
  if (has('failalloc')) for (let nth = 1; nth <= mostAllocations(pages); nth++) add(op.FAILALLOC, nth);
  return letters;
}

/** No op allocates more than an exec that makes a table for every page and a frame for every page. */
function mostAllocations(pages: number): number {
  return 2 * pages + 1;
}
