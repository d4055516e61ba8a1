// The worlds a campaign searches: small ones, from tight to ample, within what the target can hold.
import { Dice } from '../properties/generator/dice.ts';
import { type Profile, PROFILES } from '../properties/generator/profile.ts';
import type { Limits } from '../spec/target.ts';
import type { Image, World } from '../spec/world.ts';

/** A wish that no world can fulfil; `enough` would do. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
  readonly wish: keyof WorldWishes;
  readonly enough: number;
  constructor(wish: keyof WorldWishes, message: string, enough: number) {
    super(message);
    this.wish = wish;
    this.enough = enough;
  }
}

export interface WorldWishes {
  /** Given on the command line: then every world has exactly this. */
  readonly processes?: number;
  readonly pages?: number;
  readonly frames?: number;
}

/** An image with `pages` private data pages, plus text, rodata and stack. */
export function imageOf(name: string, pages: number): Image {
  const data = Math.max(1, Math.ceil(pages / 3));
  const bss = Math.min(pages - data, Math.ceil((pages - data) / 2));
  return { name, text: 1, rodata: 1, data, bss, heap: pages - data - bss, stack: 1 };
}

/** Room for sbrk and for mmap. */
const SPARE = { heap: 1, map: 2 } as const;

/** A world whose images have data pages only: for implementations that know no other kind. */
export function plainWorldOf(pageSize: number, processes: number, pages: number, frames?: number): World {
  const images = [
    { name: 'first', data: pages },
    { name: 'second', data: Math.max(1, pages - 1) },
  ];
  return { pageSize, processes, ...(frames === undefined ? {} : { frames }), images };
}

/** A world of the usual two images; the second is smaller where it can be, so that exec leaves holes. */
export function worldOf(pageSize: number, processes: number, pages: number, frames?: number): World {
  const images = [imageOf('first', pages), imageOf('second', Math.max(1, pages - 1))];
  // In the order of the trace format, so that a trace looks the same before and after it was read.
  return { pageSize, processes, ...(frames === undefined ? {} : { frames }), images, spare: SPARE };
}

/** A world like the usual one, without the pages that may only be read. */
function unprotectedWorldOf(pageSize: number, processes: number, pages: number, frames?: number): World {
  const world = worldOf(pageSize, processes, pages, frames);
  return { ...world, images: world.images.map(image => ({ ...image, text: 0, rodata: 0 })) };
}

/** Small shapes first: nearly every bug of history needs no more than three processes and two pages. */
const SHAPES: readonly (readonly [pageSize: number, processes: number, pages: number])[] = [
  [8, 3, 2],
  [16, 4, 3],
  [8, 6, 4],
  [128, 3, 1],
  [8, 8, 8],
  [16, 3, 2],
];

/** Frames the first process holds at the start: its private data pages and, unless those are all, a stack. */
const held = (pages: number, limits: Limits | undefined): number =>
  limits?.layout === 'data' ? pages : pages + 1;

/** Pages of private data that a target with these limits has room for. */
const roomFor = (limits: Limits | undefined): number =>
  limits?.pages === undefined
    ? Number.POSITIVE_INFINITY
    : limits.pages - (limits.layout === 'data' ? 0 : BESIDE);

/** What makes worlds of the kinds of page that a target with these limits knows. */
function makerFor(limits: Limits | undefined): typeof worldOf {
  switch (limits?.layout ?? 'all') {
    case 'data':
      return plainWorldOf;
    case 'writable':
      return unprotectedWorldOf;
    case 'all':
      return worldOf;
  }
}

/**
 * Worlds to take turns in. In the oom profile memory is short: one frame above the least, a few above, or room for two
 * processes; elsewhere it suffices for everybody. A target without a declared capacity ignores `frames`.
 * If frames are wished for and pages are not, shapes that leave no frame to copy into are left out.
 * Throws WorldError if there is no such world.
 */
export function worldsFor(
  profile: Profile,
  wishes: WorldWishes,
  limits: Limits | undefined,
  most: number,
): readonly World[] {
  checkWishes(wishes, limits);
  const worlds: World[] = [];
  for (const [size, processes, pages] of SHAPES) {
    const pageSize = limits?.pageSize ?? size;
    const p = wishes.processes ?? Math.min(processes, limits?.processes ?? processes);
    const n = wishes.pages ?? Math.min(pages, roomFor(limits));
    const own = held(n, limits);
    if (wishes.frames !== undefined && wishes.pages === undefined && wishes.frames <= own) continue;
    const ample = (own + SPARE.heap + SPARE.map) * (p + 1);
    const budgets =
      wishes.frames !== undefined
        ? [wishes.frames]
        : profile === 'oom'
          ? [own + 1, own + 3, own * 2 + 1]
          : [ample];
    for (const frames of budgets) worlds.push(makerFor(limits)(pageSize, p, n, frames));
  }
  const distinct = new Map(worlds.map(world => [JSON.stringify(world), world]));
  return [...distinct.values()].slice(0, most);
}

const SOAK_PROCESSES = [1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64] as const;
const SOAK_PAGES = [1, 2, 3, 4, 5, 7, 8, 12, 16, 24, 32, 48, 64] as const;
const SOAK_PAGE_SIZES = [8, 16, 32, 64, 128] as const;
const SOAK_BITS = [2, 3, 4, 8, 16, 32] as const;
/** Worlds of a soak for each profile; and pages in all above which a page is small, so that a run stays short. */
const SOAK_WORLDS = 48;
const SOAK_LARGE = 512;

/**
 * Worlds of every shape the target can hold, as `seed` draws them: 1 to 64 processes of 1 to 64 pages, frames from just
 * enough for one process to plenty, counts of 2 to 32 bits where the target's can be narrowed.
 */
export function soakWorlds(
  seed: number,
  profile: Profile,
  limits: Limits | undefined,
  most: number,
): readonly World[] {
  const dice = new Dice(seed, PROFILES.indexOf(profile));
  const room = roomFor(limits);
  return Array.from({ length: Math.min(most, SOAK_WORLDS) }, () => {
    const processes = Math.min(dice.pick(SOAK_PROCESSES), limits?.processes ?? Number.POSITIVE_INFINITY);
    const pages = Math.min(dice.pick(SOAK_PAGES), room);
    const drawn = dice.pick(SOAK_PAGE_SIZES);
    const pageSize = limits?.pageSize ?? (processes * pages > SOAK_LARGE ? SOAK_PAGE_SIZES[0] : drawn);
    const own = held(pages, limits);
    const ample = (own + SPARE.heap + SPARE.map) * (processes + 1);
    const frames = dice.pick([own, own + 1, own + 2, own * 2, (own + ample) >> 1, ample]);
    const countBits = dice.pick(SOAK_BITS);
    const world = makerFor(limits)(pageSize, processes, pages, frames);
    return limits?.countBits === true ? { ...world, countBits } : world;
  });
}

/** Pages of an address space that are no private data: text, rodata, guard, stack, room for heap and mappings, one to spare. */
const BESIDE = 8;

/** Throws WorldError if no world for a target with these limits has that shape. */
export function checkWishes(wishes: WorldWishes, limits: Limits | undefined): void {
  const { frames, pages, processes } = wishes;
  const room = roomFor(limits);
  if (pages !== undefined && pages > room)
    throw new WorldError('pages', `${pages} pages are too many: this target has room for ${room}`, room);
  const table = limits?.processes;
  if (processes !== undefined && table !== undefined && processes > table)
    throw new WorldError(
      'processes',
      `${processes} processes are too many: this target can hold ${table}`,
      table,
    );
  if (frames === undefined) return;
  const smallest = Math.min(...SHAPES.map(shape => held(shape[2], limits)));
  if (pages === undefined && frames <= smallest)
    throw new WorldError(
      'frames',
      `${frames} frames are too few: the smallest process holds ${smallest}, and there must be one to copy into`,
      smallest * 3,
    );
  if (pages !== undefined && frames < held(pages, limits))
    throw new WorldError(
      'frames',
      `${frames} frames are too few: a process holds ${held(pages, limits)} (its ${pages} pages${limits?.layout === 'data' ? '' : ' and a stack'})`,
      held(pages, limits) * 2,
    );
}
