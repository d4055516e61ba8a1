// The world a trace lives in: its geometry, its images, and where their segments lie.

/** Segments of an image in address order. `map` is empty at exec; `guard` is never accessible. */
export const SEGMENTS = ['text', 'rodata', 'data', 'bss', 'heap', 'map', 'guard', 'stack'] as const;
export type Segment = (typeof SEGMENTS)[number];

/** How many pages of each segment an image has right after exec. Absent means none. */
export interface Image {
  readonly name: string;
  readonly text?: number;
  readonly rodata?: number;
  readonly data?: number;
  readonly bss?: number;
  readonly heap?: number;
  readonly stack?: number;
}

/**
 * Geometry: everything a trace assumes about the machine it runs on.
 * The address space has the same layout for every image; a segment spans the most pages any image gives it,
 * plus `spare`, and what an image leaves out is a hole.
 */
export interface World {
  /** Bytes in a page: a power of two, 8 to 65536. */
  readonly pageSize: number;
  /** Process table size; zombies count, init does not. 1 to 64. */
  readonly processes: number;
  /** Frames for private data. Absent: the capacity is not declared and rule 28 is not judged. */
  readonly frames?: number;
  /** The first image is what process A runs at the start. 1 to 8 of them. */
  readonly images: readonly Image[];
  /** Pages the heap may grow by and pages of the mapping area. */
  readonly spare?: { readonly heap?: number; readonly map?: number };
  /** Bits of the built-in model's counts, 2 to 32; absent: 32. A frame with as many holders as it can count is copied, not shared. */
  readonly countBits?: number;
}

/** Permission bits of a page as its owner asked for it. 0 is unmapped. */
export const READ = 1;
export const WRITE = 2;
export const EXECUTE = 4;
/** The bits of each packed value of `access`: none, r, rw, rx, rwx. */
export const ACCESS_BITS = [0, READ, READ | WRITE, READ | EXECUTE, READ | WRITE | EXECUTE] as const;

/**
 * Addresses that no segment owns. They count as pages `layout.pages`, `+1`, … in packed form. A target has the first
 * five, or those it names: what they are on a Sv39 kernel stands beside each of the others.
 */
export const EDGES = [
  'null',
  'size',
  'max-1',
  'max',
  'beyond',
  /** Far above the heap, below the top: nothing is mapped for megabytes around. */
  'hole',
  /** Where the kernel's own table maps a device, and where it lies itself. */
  'device',
  'kernel',
  /** The address of a data page plus 2^32: the same to who keeps 32 bits. */
  'wide',
  /** The page below the trap frame, the trap frame, the trampoline: the last two are mapped, and not the user's. */
  'below',
  'trapframe',
  'trampoline',
  /** The last page of 64 bits. */
  'wild',
] as const;
export type Edge = (typeof EDGES)[number];
/** The edges of a target that names none. */
export const COMMON_EDGES: readonly Edge[] = EDGES.slice(0, 5);

export interface Layout {
  /** Pages of an address space: page numbers 0 to pages-1 belong to segments, the next ones are the edges. */
  readonly pages: number;
  readonly start: Readonly<Record<Segment, number>>;
  readonly span: Readonly<Record<Segment, number>>;
  /** Which segment a page belongs to. */
  readonly segmentOf: readonly Segment[];
  /** Per image and page, its permissions right after exec. */
  readonly permissions: readonly Uint8Array[];
  /** Per image, how many private (writable) pages it holds after exec. */
  readonly privatePages: readonly number[];
}

const PERMISSIONS: Readonly<Record<Segment, number>> = {
  text: READ | EXECUTE,
  rodata: READ,
  data: READ | WRITE,
  bss: READ | WRITE,
  heap: READ | WRITE,
  map: 0,
  guard: 0,
  stack: READ | WRITE,
};

function pagesAtExec(image: Image, segment: Segment): number {
  return segment === 'map' || segment === 'guard' ? 0 : (image[segment] ?? 0);
}

/** Where everything lies in `world`. Pure; keep the result rather than calling it in a loop. */
export function layoutOf(world: World): Layout {
  const start = {} as Record<Segment, number>;
  const span = {} as Record<Segment, number>;
  const segmentOf: Segment[] = [];
  const hasStack = world.images.some(image => (image.stack ?? 0) > 0);
  for (const segment of SEGMENTS) {
    let pages = Math.max(...world.images.map(image => pagesAtExec(image, segment)));
    if (segment === 'heap') pages += world.spare?.heap ?? 0;
    if (segment === 'map') pages += world.spare?.map ?? 0;
    if (segment === 'guard') pages = hasStack ? 1 : 0;
    start[segment] = segmentOf.length;
    span[segment] = pages;
    for (let i = 0; i < pages; i++) segmentOf.push(segment);
  }
  const permissions = world.images.map(image =>
    Uint8Array.from(segmentOf, (segment, page) =>
      page - start[segment] < pagesAtExec(image, segment) ? PERMISSIONS[segment] : 0,
    ),
  );
  const privatePages = permissions.map(pages => pages.filter(bits => (bits & WRITE) !== 0).length);
  return { pages: segmentOf.length, start, span, segmentOf, permissions, privatePages };
}

/**
 * Byte `offset` of page `page` of image number `image` right after exec: a fixed pattern in text, rodata and data,
 * so that a wrong copy shows; zero elsewhere.
 */
export function imageByte(image: number, page: number, offset: number, segment: Segment): number {
  if (segment !== 'text' && segment !== 'rodata' && segment !== 'data') return 0;
  return (image * 17 + page * 31 + offset + 1) & 255;
}

/** Byte `offset` of page `page` (counted from 0 within the mapping area) of the world's one file, at the start. */
export function fileByte(page: number, offset: number): number {
  return (page * 31 + offset + 129) & 255;
}

/** The contents of every page of every image after exec: `pages * pageSize` bytes per image. */
export function imageContents(world: World, layout: Layout): readonly Uint8Array[] {
  return world.images.map((_, image) => {
    const contents = new Uint8Array(layout.pages * world.pageSize);
    layout.segmentOf.forEach((segment, page) => {
      if ((layout.permissions[image]?.[page] ?? 0) === 0) return;
      for (let offset = 0; offset < world.pageSize; offset++)
        contents[page * world.pageSize + offset] = imageByte(image, page, offset, segment);
    });
    return contents;
  });
}

/** Byte `i` of a range that is filled with `value`: its four bytes, little-endian, over and over. */
export function fillByte(value: number, i: number): number {
  return (value >>> ((i & 3) * 8)) & 255;
}

/** Reads longer than this many bytes are answered by their FNV-1a digest instead of the bytes. */
export const DIGEST_ABOVE = 64;

/** FNV-1a, 32 bits, of `length` bytes from `start`; as a signed 32-bit integer. */
export function digest(bytes: Uint8Array, start: number, length: number): number {
  let hash = 0x811c9dc5 | 0;
  for (let i = start; i < start + length; i++) hash = Math.imul(hash ^ (bytes[i] ?? 0), 0x01000193);
  return hash;
}
