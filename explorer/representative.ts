// One state for all that differ only in which frame, which processor or which address space it is.
import { type Interleaving, type InterleavingScope, frameOf, WRITABLE } from '../spec/interleaving.ts';

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
  readonly #spaceOrders: readonly (readonly number[])[];
  readonly #cpuOrders: readonly (readonly number[])[];
  readonly #record: number;
  readonly #keys: Int32Array;
  readonly #records: Uint8Array;
  readonly #nameless: Uint8Array;
  readonly #order: number[];
  /** By frame + 1: the new one + 1, 0 for none yet. */
  readonly #names: Uint8Array;
  /** By space + 1: the new one + 1. */
  readonly #spaces: Uint8Array;
  readonly #rest: Int32Array;
  #named = 0;
  #best: Uint8Array;
  #other: Uint8Array;

  constructor(scope: InterleavingScope, spares: number) {
    const { cpus, procs, pages, frames } = scope;
    this.#scope = scope;
    this.#spaceOrders = ordersOf(procs);
    this.#cpuOrders = ordersOf(cpus);
    this.#record = LOCALS + pages;
    this.#keys = new Int32Array(procs);
    this.#records = new Uint8Array(cpus * this.#record);
    this.#nameless = new Uint8Array(cpus);
    this.#order = Array.from({ length: cpus }, (_, cpu) => cpu);
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
    const keys = this.#keys;
    for (let space = 0; space < procs; space++) keys[space] = this.#keyOf(state, space);
    let first = true;
    for (const order of this.#spaceOrders) {
      let sorted = true;
      for (let i = 1; i < procs && sorted; i++) sorted = keys[order[i - 1]!]! >= keys[order[i]!]!;
      if (!sorted) continue;
      first = this.#tryProcessors(state, last, order, first);
    }
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

  #tryProcessors(state: Interleaving, last: number, order: readonly number[], first: boolean): boolean {
    const { cpus, procs } = this.#scope;
    for (let i = 0; i < procs; i++) this.#spaces[order[i]! + 1] = i + 1;
    this.#nameEntries(state, order);
    let nameless = 0;
    for (let cpu = 0; cpu < cpus; cpu++) nameless += this.#writeRecord(state, last, cpu);
    const sorted = this.#order;
    for (let i = 1; i < cpus; i++) {
      const cpu = sorted[i]!;
      let at = i;
      for (; at > 0 && this.#compare(sorted[at - 1]!, cpu) > 0; at--) sorted[at] = sorted[at - 1]!;
      sorted[at] = cpu;
    }
    if (nameless < 2 || !this.#tied()) return this.#offer(state, order, sorted, first);
    let still = first;
    for (const cpuOrder of this.#cpuOrders) {
      let inOrder = true;
      for (let i = 1; i < cpus && inOrder; i++) inOrder = this.#compare(cpuOrder[i - 1]!, cpuOrder[i]!) <= 0;
      if (!inOrder) continue;
      this.#nameEntries(state, order);
      still = this.#offer(state, order, cpuOrder, still);
    }
    return still;
  }

  /** Names the frames of page tables and pins. */
  #nameEntries(state: Interleaving, order: readonly number[]): void {
    const { pages } = this.#scope;
    this.#names.fill(0);
    this.#names[state.zero + 1] = state.zero + 1;
    this.#named = 0;
    for (const space of order)
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

  /** Writes what a processor is, under the names so far; 1 if it knows a frame without a name. */
  #writeRecord(state: Interleaving, last: number, cpu: number): number {
    const { pages } = this.#scope;
    const into = this.#records;
    const names = this.#names;
    let at = cpu * this.#record;
    let nameless = 0;
    into[at++] = cpu + 1 === last ? 1 : 0;
    into[at++] = this.#spaces[state.running[cpu]!]!;
    into[at++] = state.at[cpu]!;
    into[at++] = state.op[cpu]!;
    into[at++] = state.page[cpu]!;
    into[at++] = state.value[cpu]!;
    into[at++] = state.seen[cpu]!;
    into[at++] = this.#spaces[state.child[cpu]!]!;
    for (const frame of [state.old[cpu]!, state.fresh[cpu]!]) {
      const named = frame === 0 || names[frame] !== 0;
      if (!named) nameless = 1;
      into[at++] = named ? names[frame]! : NAMELESS;
    }
    for (let slot = cpu * pages; slot < (cpu + 1) * pages; slot++) {
      const translation = state.cached[slot]!;
      const frame = translation & 0x7f;
      const named = frame === 0 || names[frame] !== 0;
      if (!named) nameless = 1;
      into[at++] = (named ? names[frame]! : NAMELESS) | (translation & WRITABLE);
    }
    this.#nameless[cpu] = nameless;
    return nameless;
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

  /** Are two equal that may not be the same? */
  #tied(): boolean {
    for (let i = 1; i < this.#order.length; i++)
      if (this.#nameless[this.#order[i]!] === 1 && this.#compare(this.#order[i - 1]!, this.#order[i]!) === 0)
        return true;
    return false;
  }

  /** Writes the state in these orders, and keeps it if it is the least so far. */
  #offer(
    state: Interleaving,
    order: readonly number[],
    cpuOrder: readonly number[],
    first: boolean,
  ): boolean {
    const { pages } = this.#scope;
    const out = this.#other;
    const names = this.#names;
    let at = 0;
    for (const space of order) {
      out[at++] = state.life[space]!;
      out[at++] = state.locked[space]!;
      for (let place = space * pages; place < (space + 1) * pages; place++) {
        const entry = state.entry[place]!;
        out[at++] = names[entry & 0x7f]! | (entry & WRITABLE);
        out[at++] = state.reference[place]!;
        out[at++] = names[state.pinned[place]!]!;
      }
    }
    for (const cpu of cpuOrder) {
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
    if (first || less(out, this.#best)) {
      this.#other = this.#best;
      this.#best = out;
    }
    return false;
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

/** All orders of 0 to n - 1. */
export function ordersOf(n: number): readonly (readonly number[])[] {
  if (n === 0) return [[]];
  return ordersOf(n - 1).flatMap(order =>
    Array.from({ length: n }, (_, at) => [...order.slice(0, at), n - 1, ...order.slice(at)]),
  );
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
