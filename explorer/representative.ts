// One state for all that differ only in which frame, which processor or which address space it is.
import { frameOf, type Interleaving, type InterleavingScope, WRITABLE } from '../spec/interleaving.ts';
import { eachOrder } from './orders.ts';

/** Bytes of a processor beside its cached translations, and of a space beside its pages. */
const LOCALS = 10;
const SPACE = 2;
const PAGE = 3;
const FRAME = 3;
/** A frame that has no new name yet. */
const NAMELESS = 0x7e;

/**
 * The kernel treats frames, processors and spaces alike: what happens next in one state happens in the other under the
 * other names. Free frames that nothing refers to are alike, and so are dead spaces; a choice among them is no choice.
 * Pages are not alike: fork, exec and exit go through them in order.
 *
 * Spaces are put in the order of what they are, and among equals every order is tried; frames are named as the page
 * tables name them; processors are put in the order of what they are under these names, and among those that are equal
 * but for frames without a name every order is tried; the least of what comes out is it.
 */
export class Representative {
  readonly #scope: InterleavingScope;
  readonly #record: number;
  readonly #records: Uint8Array;
  readonly #nameless: Uint8Array;
  /** Spaces in order, and what each is; processors in order, and for each the place of the first that is equal to it. */
  readonly #spaceOrder: number[];
  readonly #keys: Int32Array;
  readonly #cpuOrder: number[];
  readonly #places: Int32Array;
  /** By frame + 1: the new one + 1, 0 for none yet. */
  readonly #names: Uint8Array;
  /** By space + 1: the new one + 1. */
  readonly #spaces: Uint8Array;
  readonly #rest: Int32Array;
  readonly #inSpaceOrder = (): void => this.#tryProcessors();
  readonly #inCpuOrder = (): void => this.#offer();
  #state: Interleaving | undefined;
  #last = 0;
  #named = 0;
  #first = true;
  /** Were frames named beyond the entries since the entries were? */
  #again = false;
  #best: Uint8Array;
  #other: Uint8Array;

  constructor(scope: InterleavingScope, spares: number) {
    const { cpus, procs, pages, frames } = scope;
    this.#scope = scope;
    this.#record = LOCALS + pages;
    this.#records = new Uint8Array(cpus * this.#record);
    this.#nameless = new Uint8Array(cpus);
    this.#spaceOrder = Array.from({ length: procs }, (_, space) => space);
    this.#keys = new Int32Array(procs);
    this.#cpuOrder = Array.from({ length: cpus }, (_, cpu) => cpu);
    this.#places = new Int32Array(cpus);
    this.#names = new Uint8Array(frames + 2);
    this.#spaces = new Uint8Array(procs + 1);
    this.#rest = new Int32Array(frames);
    const bytes = procs * (SPACE + PAGE * pages) + this.#records.length + FRAME * (frames + 1) + spares + 1;
    const length = 4 * Math.ceil(bytes / 4);
    this.#best = new Uint8Array(length);
    this.#other = new Uint8Array(length);
  }

  /** Its bytes, until the next call; a multiple of four. `last`: the processor that moved last + 1, 0 if that does not matter. */
  of(state: Interleaving, last: number): Uint8Array {
    const { procs } = this.#scope;
    const order = this.#spaceOrder;
    const keys = this.#keys;
    for (let space = 0; space < procs; space++) keys[space] = this.#keyOf(state, space);
    for (let i = 1; i < procs; i++) {
      const space = order[i]!;
      let at = i;
      for (; at > 0 && keys[order[at - 1]!]! < keys[space]!; at--) order[at] = order[at - 1]!;
      order[at] = space;
    }
    this.#state = state;
    this.#last = last;
    this.#first = true;
    eachOrder(order, 0, procs, keys, this.#inSpaceOrder);
    return this.#best;
  }

  /** What a space is, whatever frames and spaces are called. */
  #keyOf(state: Interleaving, space: number): number {
    const { pages } = this.#scope;
    let key = state.life[space]! * 2 + state.locked[space]!;
    for (let place = space * pages; place < (space + 1) * pages; place++) {
      const entry = state.entry[place]!;
      const kind = entry === 0 ? 0 : frameOf(entry) === state.zero ? 3 : (entry & WRITABLE) === 0 ? 1 : 2;
      key = key * 64 + kind * 16 + state.reference[place]! * 2 + (state.pinned[place] === 0 ? 0 : 1);
    }
    return key;
  }

  #tryProcessors(): void {
    const state = this.#state!;
    const { cpus, procs } = this.#scope;
    for (let i = 0; i < procs; i++) this.#spaces[this.#spaceOrder[i]! + 1] = i + 1;
    this.#nameEntries(state);
    for (let cpu = 0; cpu < cpus; cpu++) this.#writeRecord(state, cpu);
    const order = this.#cpuOrder;
    for (let i = 1; i < cpus; i++) {
      const cpu = order[i]!;
      let at = i;
      for (; at > 0 && this.#compare(order[at - 1]!, cpu) > 0; at--) order[at] = order[at - 1]!;
      order[at] = cpu;
    }
    // Equals are the same, unless they know frames without a name.
    let place = 0;
    for (let i = 0; i < cpus; i++) {
      const cpu = order[i]!;
      if (i === 0 || this.#nameless[cpu] === 0 || this.#compare(order[i - 1]!, cpu) !== 0) place = i;
      this.#places[cpu] = place;
    }
    this.#again = false;
    eachOrder(order, 0, cpus, this.#places, this.#inCpuOrder);
  }

  /** Names the frames of page tables and pins. */
  #nameEntries(state: Interleaving): void {
    const { pages } = this.#scope;
    this.#names.fill(0);
    this.#names[state.zero + 1] = state.zero + 1;
    this.#named = 0;
    for (const space of this.#spaceOrder)
      for (let place = space * pages; place < (space + 1) * pages; place++) {
        this.#name(state.entry[place]! & 0x7f);
        this.#name(state.pinned[place]!);
      }
  }

  /** The new name of a frame + 1, given now if it has none. */
  #name(frame: number): number {
    if (frame === 0) return 0;
    if (this.#names[frame] === 0) this.#names[frame] = ++this.#named;
    return this.#names[frame]!;
  }

  /** Writes what a processor is, under the names so far. */
  #writeRecord(state: Interleaving, cpu: number): void {
    const { pages } = this.#scope;
    const into = this.#records;
    const names = this.#names;
    let at = cpu * this.#record;
    let nameless = 0;
    into[at++] = cpu + 1 === this.#last ? 1 : 0;
    into[at++] = this.#spaces[state.running[cpu]!]!;
    into[at++] = state.at[cpu]!;
    into[at++] = state.op[cpu]!;
    into[at++] = state.page[cpu]!;
    into[at++] = state.value[cpu]!;
    into[at++] = state.seen[cpu]!;
    into[at++] = this.#spaces[state.child[cpu]!]!;
    const old = state.old[cpu]!;
    const fresh = state.fresh[cpu]!;
    if ((old !== 0 && names[old] === 0) || (fresh !== 0 && names[fresh] === 0)) nameless = 1;
    into[at++] = old === 0 ? 0 : names[old]! || NAMELESS;
    into[at++] = fresh === 0 ? 0 : names[fresh]! || NAMELESS;
    for (let slot = cpu * pages; slot < (cpu + 1) * pages; slot++) {
      const translation = state.cached[slot]!;
      const frame = translation & 0x7f;
      const named = frame === 0 || names[frame] !== 0;
      if (!named) nameless = 1;
      into[at++] = (named ? names[frame]! : NAMELESS) | (translation & WRITABLE);
    }
    this.#nameless[cpu] = nameless;
  }

  #compare(a: number, b: number): number {
    const records = this.#records;
    const length = this.#record;
    for (let i = 0; i < length; i++) {
      const difference = records[a * length + i]! - records[b * length + i]!;
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /** Writes the state in these orders, and keeps it if it is the least so far. */
  #offer(): void {
    const state = this.#state!;
    const { pages } = this.#scope;
    const out = this.#other;
    const names = this.#names;
    let at = 0;
    if (this.#again) this.#nameEntries(state);
    this.#again = true;
    for (const space of this.#spaceOrder) {
      out[at++] = state.life[space]!;
      out[at++] = state.locked[space]!;
      for (let place = space * pages; place < (space + 1) * pages; place++) {
        const entry = state.entry[place]!;
        out[at++] = names[entry & 0x7f]! | (entry & WRITABLE);
        out[at++] = state.reference[place]!;
        out[at++] = names[state.pinned[place]!]!;
      }
    }
    for (const cpu of this.#cpuOrder) {
      const begin = cpu * this.#record;
      for (let i = 0; i < LOCALS - 2; i++) out[at++] = this.#records[begin + i]!;
      out[at++] = this.#name(state.old[cpu]!);
      out[at++] = this.#name(state.fresh[cpu]!);
      for (let slot = cpu * pages; slot < (cpu + 1) * pages; slot++) {
        const translation = state.cached[slot]!;
        out[at++] = this.#name(translation & 0x7f) | (translation & WRITABLE);
      }
    }
    at = this.#writeFrames(state, out, at);
    for (const byte of state.spare) out[at++] = byte;
    out[at++] = state.mishap[0]!;
    if (this.#first || less(out, this.#best)) {
      this.#other = this.#best;
      this.#best = out;
    }
    this.#first = false;
  }

  /** Frames with a name, by name; then the others, by what they are. */
  #writeFrames(state: Interleaving, out: Uint8Array, begin: number): number {
    const { content, count, free, zero } = state;
    let others = 0;
    for (let frame = 0; frame <= zero; frame++) {
      const name = this.#names[frame + 1]!;
      const what = (content[frame]! << 9) | (count[frame]! << 1) | free[frame]!;
      if (name === 0) this.#rest[others++] = what;
      else {
        const at = begin + FRAME * (name - 1);
        out[at] = what >> 9;
        out[at + 1] = (what >> 1) & 255;
        out[at + 2] = what & 1;
      }
    }
    for (let i = 1; i < others; i++) {
      const what = this.#rest[i]!;
      let at = i;
      for (; at > 0 && this.#rest[at - 1]! > what; at--) this.#rest[at] = this.#rest[at - 1]!;
      this.#rest[at] = what;
    }
    for (let i = 0; i < others; i++) {
      const at = begin + FRAME * (this.#named + i);
      out[at] = this.#rest[i]! >> 9;
      out[at + 1] = (this.#rest[i]! >> 1) & 255;
      out[at + 2] = this.#rest[i]! & 1;
    }
    return begin + FRAME * (zero + 1);
  }
}

function less(a: Uint8Array, b: Uint8Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i]! < b[i]!;
  return false;
}

/** 64 bits of these bytes. */
export function hashInto(bytes: Uint8Array, words: Uint32Array): void {
  let low = 0x9e3779b9;
  let high = 0x85ebca6b;
  for (let i = 0; i < bytes.length; i += 4) {
    const word = bytes[i]! | (bytes[i + 1]! << 8) | (bytes[i + 2]! << 16) | (bytes[i + 3]! << 24);
    low = Math.imul(low ^ word, 0xcc9e2d51);
    low ^= low >>> 15;
    high = Math.imul(high ^ word, 0x1b873593);
    high ^= high >>> 13;
    high = Math.imul(high, 0x2c1b3c6d) ^ (low >>> 7);
  }
  low = Math.imul(low ^ (high >>> 16), 0x85ebca6b);
  high = Math.imul(high ^ (low >>> 13), 0xc2b2ae35);
  words[0] = low ^ (low >>> 16);
  words[1] = high ^ (high >>> 16);
}
