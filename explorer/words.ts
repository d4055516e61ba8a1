// The state of machine and reference as words, in a given order of processes and pages.
import type { CowMachine } from '../model/cow/machine.ts';
import { POISON } from '../model/cow/memory.ts';
import type { Eager } from '../model/reference/eager.ts';
import * as law from '../spec/law.ts';
import * as transcript from '../spec/transcript.ts';
import type { Naming } from './canon.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE, IMAGE, NONE, UNMAPPED, ZOMBIE } = law;
const { REFERS } = transcript;

/** Names by first use begin at 0; these stand in front of others, and for what has no name. */
const CACHED = 1 << 20;
const OWN = -2;
const LOST = -7;
const SOILED = -8;
/** Bytes that are values are named from here on; what a page was loaded with, where pages have no names. */
const VALUE = 256;
const LOADED = 511;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class Words {
  readonly #machine: CowMachine;
  readonly #reference: Eager;
  readonly #naming: Naming;
  /** What each page held when it was loaded, if that is to be told from the rest. */
  readonly #loaded: Uint8Array | undefined;
  readonly #size: number;
  readonly #firstFile: number;
  readonly #firstShared: number;
  /** The words of the last state written: `length` of them. */
  words = new Int32Array(512);
  bytes = new Uint8Array(this.words.buffer);
  length = 0;

  /** Number by first use of each frame, block and space, and of each value; -1: not used yet. */
  readonly #frameRank: Int32Array;
  readonly #blockRank: Int32Array;
  readonly #spaceRank: Int32Array;
  readonly #processRank: Int32Array;
  readonly #valueRank = new Int32Array(256).fill(-1);
  readonly #isValue = new Uint8Array(256);
  #framesUsed = 0;
  #blocksUsed = 0;
  #spacesUsed = 0;
  #valuesUsed = 0;

  constructor(machine: CowMachine, reference: Eager, naming: Naming, loaded: Uint8Array | undefined) {
    const { memory, layout, state, world } = machine;
    this.#machine = machine;
    this.#reference = reference;
    this.#naming = naming;
    this.#loaded = loaded;
    this.#size = world.pageSize;
    this.#firstFile = state.length * layout.pages;
    this.#firstShared = this.#firstFile + layout.span.map;
    this.#frameRank = new Int32Array(memory.count.length);
    this.#blockRank = new Int32Array(reference.bytes.length / world.pageSize);
    this.#spaceRank = new Int32Array(machine.users.length);
    this.#processRank = new Int32Array(state.length);
    if (naming.symmetries.values) for (const value of naming.values) this.#isValue[value] = 1;
  }

  /** Writes the present state. */
  write(processes: readonly number[], pages: readonly number[]): void {
    const machine = this.#machine;
    const reference = this.#reference;
    const rank = this.#processRank;
    this.#begin();
    for (let i = 0; i < processes.length; i++) rank[processes[i]!] = i;
    this.#put(processes.length);
    for (let i = 0; i < processes.length; i++) {
      const p = processes[i]!;
      const state = machine.state[p]!;
      this.#put(state | (reference.state[p]! << 2) | (machine.doomed[p]! << 4) | (machine.image[p]! << 5));
      if (state === NONE) continue;
      this.#put(this.#rankOf(machine.parent[p]!));
      if (state === ZOMBIE) this.#put(this.#ending(machine.ending[p]!));
      if (state !== ALIVE) continue;
      this.#put(this.#rankOf(machine.suspendedBy[p]!));
      this.#putSpace(machine.spaceOf[p]!, pages);
      const space = reference.spaceOf[p]!;
      this.#put(this.#rankOf(space) | (reference.image[p]! << 8));
      // The memory of a borrower is written where its owner is.
      if (space === p) this.#putMemory(p, pages);
    }
    if (machine.layout.span.map > 0) this.#putFile();
    this.#putPins();
    this.#putFrames();
  }

  /** Fewer words than `other` has, or less at the first that differs? */
  isLess(other: Words): boolean {
    if (this.length !== other.length) return this.length < other.length;
    for (let i = 0; i < this.length; i++)
      if (this.words[i] !== other.words[i]) return this.words[i]! < other.words[i]!;
    return false;
  }

  #begin(): void {
    this.length = 0;
    this.#frameRank.fill(-1);
    this.#blockRank.fill(-1);
    this.#spaceRank.fill(-1);
    if (this.#valuesUsed > 0) this.#valueRank.fill(-1);
    this.#framesUsed = 0;
    this.#blocksUsed = 0;
    this.#spacesUsed = 0;
    this.#valuesUsed = 0;
  }

  #putSpace(space: number, pages: readonly number[]): void {
    const known = this.#spaceRank[space]!;
    if (known >= 0) return this.#put(known);
    this.#spaceRank[space] = this.#naming.symmetries.spaces ? this.#spacesUsed++ : space;
    const { heap, imageOf, tablesOf, access, bits, kind, frame, layout } = this.#machine;
    this.#put(this.#spaceRank[space]);
    this.#put(heap[space]! | (imageOf[space]! << 8) | (tablesOf[space]! << 16));
    const first = space * layout.pages;
    for (let i = 0; i < pages.length; i++) {
      const entry = first + pages[i]!;
      this.#put(access[entry]! | (bits[entry]! << 8) | (kind[entry]! << 16));
      if ((bits[entry]! & REFERS) !== 0) this.#putFrame(frame[entry]!, pages[i]!);
    }
  }

  #putFrame(frame: number, page: number): void {
    const { memory } = this.#machine;
    if (frame >= memory.data && frame < memory.slots) return this.#put(CACHED + frame);
    const known = this.#frameRank[frame]!;
    if (known >= 0) return this.#put(known);
    this.#frameRank[frame] = this.#naming.symmetries.frames ? this.#framesUsed++ : frame;
    this.#put(this.#frameRank[frame]);
    this.#put(memory.count[frame]! | (memory.held[frame]! << 16));
    this.#putBytes(memory.bytes, frame, page);
  }

  /** The memory of a process in the reference. */
  #putMemory(p: number, pages: readonly number[]): void {
    const { permission, kind, counted, inherit, where, lazy, alternative } = this.#reference;
    const first = p * pages.length;
    for (let i = 0; i < pages.length; i++) {
      const entry = first + pages[i]!;
      this.#put(permission[entry]! | (kind[entry]! << 8) | (counted[entry]! << 16) | (inherit[entry]! << 20));
      if (kind[entry] === UNMAPPED || (kind[entry] === IMAGE && counted[entry] === 0)) continue;
      this.#putBlock(where[entry]!, entry, pages[i]!);
      if (lazy[entry] === 0) continue;
      this.#put(lazy[entry]!);
      this.#putBytes(alternative, entry, pages[i]!);
    }
  }

  #putBlock(block: number, entry: number, page: number): void {
    const { bytes } = this.#reference;
    if (block === entry) {
      this.#put(OWN);
      return this.#putBytes(bytes, block, page);
    }
    if (block >= this.#firstFile && block < this.#firstShared) return this.#put(CACHED + block);
    const known = this.#blockRank[block]!;
    if (known >= 0) return this.#put(known);
    this.#blockRank[block] = this.#blocksUsed++;
    this.#put(this.#blockRank[block]);
    this.#putBytes(bytes, block, page);
  }

  #putFile(): void {
    const { memory, layout } = this.#machine;
    for (let n = 0; n < layout.span.map; n++) {
      this.#putBytes(memory.bytes, memory.file + n, layout.start.map + n);
      this.#putBytes(this.#reference.bytes, this.#firstFile + n, layout.start.map + n);
    }
  }

  #putPins(): void {
    const { pinned, pinAccess, layout } = this.#machine;
    const reference = this.#reference;
    for (let handle = 0; handle < pinned.length; handle++) {
      const block = reference.pinBlock[handle]!;
      if (pinned[handle]! < 0 && block < 0) continue;
      const entry = reference.pinEntry[handle]!;
      const page = entry % layout.pages;
      this.#put(handle | (pinAccess[handle]! << 8) | (reference.pinUnsettled(handle) ? 1 << 16 : 0));
      if (pinned[handle]! >= 0) this.#putFrame(pinned[handle]!, page);
      if (block >= 0) this.#putBlock(block, -1, page);
      this.#put(reference.pinOwned(handle) ? this.#rankOf(Math.floor(entry / layout.pages)) : -1);
      this.#put(page);
    }
  }

  /** Totals, frames in use that nobody refers to, and free ones that hold anything. */
  #putFrames(): void {
    const { memory } = this.#machine;
    this.#put(memory.armed);
    this.#put(memory.used | (memory.tables << 16));
    const { data, listed, slots } = memory;
    for (let frame = 0; frame < listed.length; frame = frame + 1 === data ? slots : frame + 1) {
      if (listed[frame] === 0) {
        if (this.#frameRank[frame]! >= 0) continue;
        this.#put(LOST);
        this.#putFrame(frame, 0);
      } else if (frame < data && !this.#isPoisoned(frame)) {
        this.#put(SOILED);
        this.#putBytes(memory.bytes, frame, 0);
      }
    }
  }

  #isPoisoned(frame: number): boolean {
    const { words, wordsPerFrame } = this.#machine.memory;
    const end = (frame + 1) * wordsPerFrame;
    for (let i = end - wordsPerFrame; i < end; i++) if (words[i] !== POISON) return false;
    return true;
  }

  /** The bytes of a block or frame, three to a word. */
  #putBytes(bytes: Readonly<Uint8Array>, block: number, page: number): void {
    const size = this.#size;
    const from = block * size;
    const loaded = this.#loaded;
    let word = 0;
    for (let i = 0; i < size; i++) {
      const byte = bytes[from + i]!;
      word =
        (word << 9) |
        (loaded !== undefined && byte === loaded[page * size + i]
          ? LOADED
          : this.#isValue[byte] === 0
            ? byte
            : this.#named(byte));
      if (i % 3 === 2) {
        this.#put(word);
        word = 0;
      }
    }
    this.#put(word);
  }

  /** A status is a value too. */
  #ending(ended: number): number {
    return ended >= 0 && ended < 256 && this.#isValue[ended] === 1 ? this.#named(ended) : ended;
  }

  /** Values by their first use. */
  #named(byte: number): number {
    if (this.#valueRank[byte]! < 0) this.#valueRank[byte] = this.#valuesUsed++;
    return VALUE + this.#valueRank[byte]!;
  }

  #rankOf(process: number): number {
    return process < 0 ? -1 : this.#processRank[process]!;
  }

  #put(word: number): void {
    if (this.length === this.words.length) {
      const longer = new Int32Array(2 * this.length);
      longer.set(this.words);
      this.words = longer;
      this.bytes = new Uint8Array(longer.buffer);
    }
    this.words[this.length++] = word;
  }
}
