// Finds where a kernel keeps its reference counts, by what they must be, whatever their names; and reads them.
import type { KernelLayout, Shapes } from './layouts/layout.ts';
import type { KernelSymbol } from './kernel.ts';
import { type GuestMemory, hex, PAGE } from './memory.ts';

/** Where the count of a frame is: at `address + frame * stride`, frames by index from the start of RAM. */
export interface CountShape {
  readonly symbol: string;
  /** Of the count of the first frame of RAM: it may itself lie before the symbol, if that frame has none. */
  readonly address: number;
  /** Bytes from one count to the next. */
  readonly stride: number;
  /** Bytes of a count. */
  readonly width: 1 | 2 | 4;
  /** What is stored for a frame with one holder, less 1. */
  readonly offset: number;
  /** What is stored for free frames: one number, or several where the kernel does not look at it; none if no free frame was seen. */
  readonly free: readonly number[];
  /** On how many frames it was seen to be right. */
  readonly matched: number;
}

/** What is known of the frames at a quiet moment, indexed by frame. */
export interface FrameFacts {
  /** Page entries that refer to the frame. */
  readonly mapped: ArrayLike<number>;
  /** 1 if it is on the free list. */
  readonly free: ArrayLike<number>;
  /** The first frame behind the kernel's image, and one more than the last. */
  readonly first: number;
  readonly total: number;
}

export interface Discovery {
  /** Undefined: there is none, or it is not certain yet. */
  readonly shape: CountShape | undefined;
  /** Why not, as a sentence; `needed` sharing has not been seen yet, or nothing fits. */
  readonly why: 'certain' | 'too little is shared yet' | 'nothing fits' | 'more than one fits';
}

/** Frames that must match before counts are believed: so many, with this many different numbers of holders, 1 among them. */
const ENOUGH = 24;
const KINDS = 3;
/** A kernel that miscounts has counts all the same: so large a part of the frames may be counted wrong. */
const MISCOUNTED = 0.15;
/** Frames with one holder that are looked at. */
const SAMPLE = 512;
const WIDEST_STRIDE = 64;
const HEADER = 64;
const LARGEST = 48 << 20;
const BULK = 256 << 10;

/** The counts of a kernel whose layout says where they are; undefined if it does not, or they are not there. */
export function told(
  { counts }: KernelLayout,
  symbols: ReadonlyMap<string, KernelSymbol>,
  shapes: Shapes,
): CountShape | undefined {
  if (counts === undefined) return undefined;
  const { symbol, field, width } = counts;
  const offset = shapes.get(`${symbol}.${field}`);
  const address = symbols.get(symbol)?.address;
  if (offset === undefined || address === undefined) return undefined;
  return { symbol, address: address + offset, stride: width, width, matched: 0, offset: 0, free: [0] };
}

/** All but a few frames with several holders must match, and of a sample of those with one; and all free ones. */
export function discover(
  memory: GuestMemory,
  symbols: ReadonlyMap<string, KernelSymbol>,
  facts: FrameFacts,
): Discovery {
  const { known, free, certain } = sampled(facts);
  if (!certain) return { shape: undefined, why: 'too little is shared yet' };
  const { first, total } = facts;
  const seen = new Map<string, CountShape>();
  for (const [name, { address, size }] of symbols) {
    if (size < total - first || size > LARGEST) continue;
    if (address < memory.base || address + size > memory.base + memory.size) continue;
    const bytes = memory.read(address, size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let stride = 1; stride <= WIDEST_STRIDE && stride * (total - first) <= size; stride++)
      for (const width of [4, 2, 1] as const) {
        if (stride % width !== 0) continue;
        for (const base of [0, memory.base / PAGE, -first, 1 - first])
          for (let at = 0; at < HEADER + stride; at += width) {
            if (at + (total - 1 + base) * stride + width > size) break;
            const zero = at + base * stride;
            const key = `${name} ${zero} ${stride}`;
            if (seen.has(key)) continue;
            const fit = fits(view, zero, stride, width, known, free, facts);
            if (fit !== undefined)
              seen.set(key, {
                symbol: name,
                address: address + zero,
                stride,
                width,
                matched: known.length,
                ...fit,
              });
          }
      }
  }
  const [shape, another] = seen.values();
  if (shape === undefined) return { shape, why: 'nothing fits' };
  if (another !== undefined) return { shape: undefined, why: 'more than one fits' };
  return { shape, why: 'certain' };
}

/** Bytes from one count to the next of an array that no symbol tells of. */
const STRIDES = [4, 8, 2, 1, 16, 24, 32, 40, 48, 64];
const WIDTHS = [4, 2, 1] as const;

/**
 * The same without a symbol: in any array of which a part lies `from` to `to` bytes from the start of RAM. So found are counts behind
 * the kernel's image, and those that a wrong index puts outside of their array.
 */
export function discoverAnywhere(
  memory: GuestMemory,
  from: number,
  to: number,
  facts: FrameFacts,
): Discovery {
  const { known, free, certain } = sampled(facts);
  if (!certain) return { shape: undefined, why: 'too little is shared yet' };
  const bytes = memory.read(memory.base, Math.min(to, memory.size));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const head = known[0] as number;
  const found: CountShape[] = [];
  for (const stride of STRIDES)
    for (const width of WIDTHS.filter(each => stride % each === 0))
      for (let at = from - (from % 8); at + width <= view.byteLength; at += width) {
        if (bytes[at] === 0) continue;
        const zero = at - head * stride;
        if (found.some(({ address, stride: other }) => address === memory.base + zero && other === stride))
          continue;
        const fit = fits(view, zero, stride, width, known, free, facts);
        if (fit === undefined) continue;
        const address = memory.base + zero;
        found.push({ symbol: hex(address), address, stride, width, matched: known.length, ...fit });
      }
  const [shape, another] = found;
  if (shape === undefined) return { shape, why: 'nothing fits' };
  if (another !== undefined) return { shape: undefined, why: 'more than one fits' };
  return { shape, why: 'certain' };
}

function fits(
  view: DataView,
  zero: number,
  stride: number,
  width: number,
  known: readonly number[],
  free: readonly number[],
  { mapped }: FrameFacts,
): { readonly offset: number; readonly free: readonly number[] } | undefined {
  const head = known[0] as number;
  const offset = valueAt(view, zero + head * stride, width) - (mapped[head] ?? 0);
  if (!(offset >= -1 && offset <= 1)) return undefined;
  let wrong = 0;
  const kinds = new Set<number>();
  for (const frame of known)
    if (valueAt(view, zero + frame * stride, width) - (mapped[frame] ?? 0) === offset)
      kinds.add(mapped[frame] ?? 0);
    else if (++wrong > known.length * MISCOUNTED) return undefined;
  if (wrong > 0 && kinds.size < KINDS) return undefined;
  const vacant = new Set<number>();
  for (const frame of free) {
    vacant.add(valueAt(view, zero + frame * stride, width));
    if (vacant.size > 1 && (wrong > 0 || ![...vacant].every(value => nearNone(value, offset, width))))
      return undefined;
  }
  return { offset, free: [...vacant] };
}

/** Frames that were never given out, that had a user and that had none but the kernel may hold one less, none and one more. */
function nearNone(value: number, offset: number, width: number): boolean {
  const above = (value - offset + 1) & (width === 4 ? -1 : 2 ** (8 * width) - 1);
  return above >= 0 && above <= 2;
}

function valueAt(view: DataView, at: number, width: number): number {
  if (at < 0 || at + width > view.byteLength) return Number.NaN;
  return width === 4 ? view.getInt32(at, true) : width === 2 ? view.getUint16(at, true) : view.getUint8(at);
}

/** The frames to match, those with most holders first so that what is wrong is refused soon. */
function sampled({ mapped, free, first, total }: FrameFacts) {
  const known: number[] = [];
  const vacant: number[] = [];
  const once: number[] = [];
  const kinds = new Set<number>();
  for (let frame = first; frame < total; frame++) {
    const holders = mapped[frame] ?? 0;
    if (free[frame] === 1) vacant.push(frame);
    else if (holders === 1) once.push(frame);
    else if (holders > 1) known.push(frame);
    if (holders > 0) kinds.add(holders);
  }
  known.sort((a, b) => (mapped[b] ?? 0) - (mapped[a] ?? 0));
  known.push(...thinned(once));
  const certain = kinds.size >= KINDS && kinds.has(1) && known.length >= ENOUGH;
  return { known, free: vacant, certain };
}

function thinned(frames: readonly number[]): readonly number[] {
  const step = Math.ceil(frames.length / SAMPLE);
  return step <= 1 ? frames : frames.filter((_, i) => i % step === 0);
}

/** The counts of all frames, as they were at the last `refresh`. */
export class CountArray {
  readonly shape: CountShape;
  readonly #memory: GuestMemory;
  readonly #from: number;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #bulk: boolean;

  /** `first`: the first frame that may be asked for. */
  constructor(memory: GuestMemory, shape: CountShape, first: number) {
    this.shape = shape;
    this.#memory = memory;
    const total = Math.floor(memory.size / PAGE);
    const span = (total - first - 1) * shape.stride + shape.width;
    this.#from = shape.address + first * shape.stride;
    this.#bulk = span <= BULK;
    this.#bytes = new Uint8Array(this.#bulk ? span : shape.width);
    this.#view = new DataView(this.#bytes.buffer);
  }

  refresh(): void {
    if (this.#bulk) this.#memory.read(this.#from, this.#bytes.length, this.#bytes);
  }

  /** What is stored for a frame. */
  stored(frame: number): number {
    const at = this.shape.address + frame * this.shape.stride;
    if (this.#bulk) return valueAt(this.#view, at - this.#from, this.shape.width);
    this.#memory.read(at, this.shape.width, this.#bytes);
    return valueAt(this.#view, 0, this.shape.width);
  }

  /**
   * How many holders the kernel counts: may be negative. A free frame that holds what free frames hold, or what one without a
   * user may, has none: some kernels give out a frame with 1 whatever it held, and take the last 1 from none that comes back.
   */
  of(frame: number, free: boolean): number {
    const { offset, width, free: vacant } = this.shape;
    const stored = this.stored(frame);
    return free && (vacant.includes(stored) || nearNone(stored, offset, width)) ? 0 : stored - offset;
  }
}
