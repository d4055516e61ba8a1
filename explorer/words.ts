// The state of machine and reference as words, in a given order of processes and pages.
import type { CowMachine } from '../model/cow/machine.ts';
import { POISON } from '../model/cow/memory.ts';
import type { Eager } from '../model/reference/eager.ts';
import * as law from '../spec/law.ts';
import { bytesOf, wordsOf } from '../spec/room.ts';
import * as transcript from '../spec/transcript.ts';
import type { Naming } from './canon.ts';
import type { Contents } from './contents.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE, IMAGE, NONE, UNMAPPED, ZOMBIE } = law;
const { REFERS } = transcript;

/** Names by first use begin at 0; these stand in front of others, and for what has no name. */
const CACHED = 1 << 20;
const VALUE = 1 << 21;
const OWN = -2;
const LOST = -7;
const SOILED = -8;
/** The reference has in its own block what the machine has in the frame. */
const EQUAL = 1 << 24;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class Words {
  readonly #machine: CowMachine;
  readonly #reference: Eager;
  readonly #naming: Naming;
  readonly #contents: Contents;
  readonly #alternative: Int32Array;
  readonly #pageWords: number;
  readonly #firstFile: number;
  readonly #firstShared: number;
  /** The words of the last state written: `length` of them. */
  readonly words: Int32Array;
  readonly #bytes: Uint8Array;
  length = 0;

  /** Number by first use of each frame, block and space, and of each value; -1: not used yet. */
  readonly #frameRank: Int32Array;
  readonly #blockRank: Int32Array;
  readonly #spaceRank: Int32Array;
  readonly #processRank: Int32Array;
  readonly #valueRank = new Int32Array(256).fill(-1);
  #framesUsed = 0;
  #blocksUsed = 0;
  #spacesUsed = 0;
  #valuesUsed = 0;

  constructor(machine: CowMachine, reference: Eager, naming: Naming, contents: Contents) {
    const { memory, layout, state, world, pinned } = machine;
    this.#machine = machine;
    this.#reference = reference;
    this.#naming = naming;
    this.#contents = contents;
    this.#alternative = wordsOf(reference.alternative);
    this.#pageWords = world.pageSize / 4;
    this.#firstFile = state.length * layout.pages;
    this.#firstShared = this.#firstFile + layout.span.map;
    this.#frameRank = new Int32Array(memory.count.length);
    this.#blockRank = new Int32Array(reference.words.length / this.#pageWords).fill(-1);
    this.#spaceRank = new Int32Array(machine.users.length);
    this.#processRank = new Int32Array(state.length);
    // More than there can be: eight words for each process, space and pin, and four for whatever holds bytes, beside those.
    const holders = memory.count.length + this.#blockRank.length + 2 * machine.frame.length + pinned.length;
    const most = 4 + contents.patternWords + world.pageSize;
    this.words = new Int32Array(
      holders * most + 8 * (state.length + machine.users.length + pinned.length + 1),
    );
    this.#bytes = bytesOf(this.words);
  }

  /** The bytes of the last state written: valid until the next. */
  get written(): Uint8Array {
    return this.#bytes.subarray(0, 4 * this.length);
  }

  /** Writes the present state. */
  write(processes: readonly number[], pages: readonly number[]): void {
    const { state, doomed, image, parent, suspendedBy, spaceOf, ending, layout } = this.#machine;
    const reference = this.#reference;
    const rank = this.#processRank;
    this.#begin();
    for (let i = 0; i < processes.length; i++) rank[processes[i]!] = i;
    this.#put(processes.length);
    for (let i = 0; i < processes.length; i++) {
      const p = processes[i]!;
      const lives = state[p]!;
      this.#put(lives | (reference.state[p]! << 2) | (doomed[p]! << 4) | (image[p]! << 5));
      if (lives === NONE) continue;
      this.#put(this.#rankOf(parent[p]!));
      if (lives === ZOMBIE) this.#put(this.#ending(ending[p]!));
      if (lives !== ALIVE) continue;
      const space = reference.spaceOf[p]!;
      this.#put(this.#rankOf(suspendedBy[p]!));
      this.#put(this.#rankOf(space) | (reference.image[p]! << 8));
      this.#putSpace(spaceOf[p]!, pages);
      // The memory of a borrower is written where its owner is.
      if (space === p) this.#putMemory(p, spaceOf[p]!, pages);
    }
    if (layout.span.map > 0) this.#putFile();
    this.#putPins();
    this.#putFrames();
  }

  /** Fewer words than `other` has, or less at the first that differs? */
  isLess(other: Words): boolean {
    const { words, length } = this;
    const than = other.words;
    if (length !== other.length) return length < other.length;
    for (let i = 0; i < length; i++) if (words[i] !== than[i]) return words[i]! < than[i]!;
    return false;
  }

  #begin(): void {
    this.length = 0;
    this.#frameRank.fill(-1);
    if (this.#blocksUsed > 0) this.#blockRank.fill(-1);
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
      const has = bits[entry]!;
      this.#put(access[entry]! | (has << 8) | (kind[entry]! << 16));
      if ((has & REFERS) !== 0) this.#putFrame(frame[entry]!, pages[i]!);
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
    this.#putContent(memory.words, frame, page);
  }

  /** The memory of process `p`, whose space is `space`, in the reference. */
  #putMemory(p: number, space: number, pages: readonly number[]): void {
    const { permission, kind, counted, inherit, where, lazy, words: held } = this.#reference;
    const { bits, frame, memory } = this.#machine;
    const size = this.#pageWords;
    for (let i = 0; i < pages.length; i++) {
      const page = pages[i]!;
      const entry = p * pages.length + page;
      const sort = kind[entry]!;
      const word = permission[entry]! | (sort << 8) | (counted[entry]! << 16) | (inherit[entry]! << 20);
      if (sort === UNMAPPED || (sort === IMAGE && counted[entry] === 0)) {
        this.#put(word);
        continue;
      }
      const seen = space * pages.length + page;
      let same = 0;
      if (where[entry] === entry && lazy[entry] === 0 && space >= 0 && (bits[seen]! & REFERS) !== 0) {
        const from = frame[seen]! * size;
        while (same < size && held[entry * size + same] === memory.words[from + same]) same++;
      }
      if (same === size) {
        this.#put(word | EQUAL);
        continue;
      }
      this.#put(word);
      this.#putBlock(where[entry]!, entry, page);
      if (lazy[entry] === 0) continue;
      this.#put(lazy[entry]!);
      this.#putContent(this.#alternative, entry, page);
    }
  }

  #putBlock(block: number, entry: number, page: number): void {
    const { words } = this.#reference;
    if (block === entry) {
      this.#put(OWN);
      return this.#putContent(words, block, page);
    }
    if (block >= this.#firstFile && block < this.#firstShared) return this.#put(CACHED + block);
    const known = this.#blockRank[block]!;
    if (known >= 0) return this.#put(known);
    this.#blockRank[block] = this.#blocksUsed++;
    this.#put(this.#blockRank[block]);
    this.#putContent(words, block, page);
  }

  #putFile(): void {
    const { memory, layout } = this.#machine;
    for (let n = 0; n < layout.span.map; n++) {
      this.#putContent(memory.words, memory.file + n, layout.start.map + n);
      this.#putContent(this.#reference.words, this.#firstFile + n, layout.start.map + n);
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
        this.#putContent(memory.words, frame, 0);
      }
    }
  }

  #isPoisoned(frame: number): boolean {
    const { words } = this.#machine.memory;
    const size = this.#pageWords;
    for (let i = frame * size; i < (frame + 1) * size; i++) if (words[i] !== POISON) return false;
    return true;
  }

  /** What a block or frame holds: its pattern, then the values in it. */
  #putContent(of: Readonly<Int32Array>, block: number, page: number): void {
    const contents = this.#contents;
    const number = contents.of(of, block * this.#pageWords, page);
    const { patternWords, patterns, valueCounts } = contents;
    const { words } = this;
    let { length } = this;
    for (let i = 0; i < patternWords; i++) words[length++] = patterns[number * patternWords + i]!;
    this.length = length;
    for (let i = 0; i < valueCounts[number]!; i++) this.#put(VALUE + this.#named(contents.value(number, i)));
  }

  /** A status is a value too. */
  #ending(ended: number): number {
    return ended >= 0 && ended < 256 && this.#contents.isValue(ended) ? VALUE + this.#named(ended) : ended;
  }

  /** Values by their first use. */
  #named(byte: number): number {
    if (this.#valueRank[byte]! < 0) this.#valueRank[byte] = this.#valuesUsed++;
    return this.#valueRank[byte]!;
  }

  #rankOf(process: number): number {
    return process < 0 ? -1 : this.#processRank[process]!;
  }

  #put(word: number): void {
    this.words[this.length++] = word;
  }
}
