// What the target has shown of itself: the log of a transcript, applied section by section.
import type { ReadonlyView } from '../spec/law.ts';
import { MOST_PINS } from '../spec/op.ts';
import { putBack, type Snapshot, take } from '../spec/snapshot.ts';
import {
  CONTENTS,
  ENTRY,
  FAULTS,
  FRAME,
  PINNED,
  REFERS,
  SPACE,
  TOTALS,
  type Transcript,
  WRITABLE,
} from '../spec/transcript.ts';

/**
 * Last known values, plus what is derived from them: how many entries map each frame, and how many may write it.
 * The lists of changes are those of the last section applied. Arrays grow with what the target shows.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class View implements ReadonlyView {
  readonly pages: number;
  readonly wordsPerFrame: number;
  readonly spaceOf: Int32Array;
  /** A process that uses each space, -1 for none; and how many do. */
  readonly processOf: Int32Array;
  readonly users: Int32Array;
  readonly frame: Int32Array;
  readonly bits: Uint8Array;
  count = new Int32Array(0);
  free = new Int32Array(0);
  held = new Int32Array(0);
  mapped = new Int32Array(0);
  writers = new Int32Array(0);
  contents = new Int32Array(0);
  /** The entry that was last seen to map each frame; it may have left it since. */
  mapper = new Int32Array(0);
  /** Frame of each pin, -1: not in use; how many are; and how many refer to each frame. */
  readonly pinFrame = new Int32Array(MOST_PINS).fill(-1);
  pinCount = 0;
  pinned = new Int32Array(0);
  used = -1;
  tables = -1;
  faults = -1;

  readonly spaceAt: Int32Array;
  readonly pageAt: Int32Array;
  readonly entries: Int32Array;
  readonly entriesBefore: Int32Array;
  readonly bitsBefore: Uint8Array;
  entryCount = 0;
  frames = new Int32Array(0);
  countsBefore = new Int32Array(0);
  mappedBefore = new Int32Array(0);
  frameCount = 0;
  /** Frames whose bytes changed. */
  written = new Int32Array(0);
  writtenCount = 0;

  /** One entry on its way to `#show`. */
  readonly #single = new Int32Array(1);
  readonly #singleFrame = new Int32Array(1);
  readonly #singleBits = new Uint8Array(1);
  #frameAt = new Int32Array(0);
  #epoch = 0;
  readonly #names: number;

  constructor(pages: number, names: number, wordsPerFrame: number) {
    this.pages = pages;
    this.#names = names;
    this.wordsPerFrame = wordsPerFrame;
    this.spaceOf = new Int32Array(names);
    this.processOf = new Int32Array(names + 2);
    this.users = new Int32Array(names + 2);
    const entries = (names + 2) * pages;
    this.frame = new Int32Array(entries);
    this.bits = new Uint8Array(entries);
    this.entries = new Int32Array(entries);
    this.spaceAt = Int32Array.from(this.frame, (_, entry) => Math.floor(entry / pages));
    this.pageAt = Int32Array.from(this.frame, (_, entry) => entry % pages);
    this.entriesBefore = new Int32Array(entries);
    this.bitsBefore = new Uint8Array(entries);
    this.reset();
  }

  /** Nothing is mapped; every frame is free with count 0. */
  reset(): void {
    this.spaceOf.fill(-1);
    this.processOf.fill(-1);
    this.users.fill(0);
    this.frame.fill(-1);
    this.bits.fill(0);
    this.count.fill(0);
    this.free.fill(1);
    this.held.fill(0);
    this.mapped.fill(0);
    this.writers.fill(0);
    this.pinFrame.fill(-1);
    this.pinned.fill(0);
    this.pinCount = 0;
    this.used = -1;
    this.tables = -1;
    this.faults = -1;
    this.entryCount = 0;
    this.frameCount = 0;
    this.writtenCount = 0;
  }

  /** All that is known; the lists of changes are not part of it. */
  save(): Snapshot {
    return take(this.#arrays(), [this.used, this.tables, this.pinCount]);
  }

  /** `snapshot` must be of this view, and no frame above those known then have been seen since. */
  restore(snapshot: Snapshot): void {
    [this.used = -1, this.tables = -1, this.pinCount = 0] = putBack(snapshot, this.#arrays());
  }

  #arrays(): readonly (Int32Array | Uint8Array)[] {
    const { spaceOf, processOf, users, frame, bits } = this;
    const { count, free, held, mapped, writers, contents, mapper, pinFrame, pinned } = this;
    const frames = [count, free, held, mapped, writers, contents, mapper, pinFrame, pinned];
    return [spaceOf, processOf, users, frame, bits, ...frames];
  }

  /** Applies section `section` of the log and lists what it changed. */
  apply(transcript: Transcript, section: number): void {
    const { log, sectionEnd } = transcript;
    const end = sectionEnd[section]!;
    let at = section === 0 ? 0 : sectionEnd[section - 1]!;
    this.open();
    while (at < end) {
      switch (log[at]) {
        case ENTRY:
          this.entry(log[at + 1]!, log[at + 2]!, log[at + 3]!, log[at + 4]!);
          at += 5;
          break;
        case FRAME:
          this.showFrame(log[at + 1]!, log[at + 2]!, log[at + 3]!, log[at + 4]!);
          at += 5;
          break;
        case CONTENTS:
          this.showContents(log[at + 1]!, log, at + 2);
          at += 2 + this.wordsPerFrame;
          break;
        case SPACE:
          this.move(log[at + 1]!, log[at + 2]!);
          at += 3;
          break;
        case TOTALS:
          this.used = log[at + 1]!;
          this.tables = log[at + 2]!;
          at += 3;
          break;
        case PINNED:
          this.pin(log[at + 1]!, log[at + 2]!);
          at += 3;
          break;
        case FAULTS:
          this.faults = log[at + 1]!;
          at += 2;
          break;
        default:
          throw new RangeError(`the transcript has a log record of unknown kind ${log[at]}`);
      }
    }
  }

  /** Before the records of the next section: starts new lists of changes. */
  open(): void {
    this.entryCount = 0;
    this.frameCount = 0;
    this.writtenCount = 0;
    this.faults = -1;
    this.#epoch++;
  }

  showFrame(frame: number, count: number, free: number, held: number): void {
    this.#touch(frame);
    this.count[frame] = count;
    this.free[frame] = free;
    this.held[frame] = held;
  }

  /** Pin number `handle` refers to `frame`; -1: it is not in use. */
  pin(handle: number, frame: number): void {
    const old = this.pinFrame[handle]!;
    if (old >= 0) {
      this.#touch(old);
      this.pinned[old] = this.pinned[old]! - 1;
    }
    this.pinFrame[handle] = frame;
    this.pinCount += (frame >= 0 ? 1 : 0) - (old >= 0 ? 1 : 0);
    if (frame < 0) return;
    this.#touch(frame);
    this.pinned[frame] = this.pinned[frame]! + 1;
  }

  /** Frames number `changed[0..count]`. */
  showFrames(
    changed: Readonly<Int32Array>,
    count: number,
    counts: Readonly<Int32Array>,
    listed: Readonly<Uint8Array>,
    heldBy: Readonly<Int32Array>,
  ): void {
    for (let i = 0; i < count; i++) if (changed[i]! >= this.count.length) this.#grow(changed[i]! + 1);
    const { count: all, free, held } = this;
    for (let i = 0; i < count; i++) {
      const frame = changed[i]!;
      this.#touch(frame);
      all[frame] = counts[frame]!;
      free[frame] = listed[frame]!;
      held[frame] = heldBy[frame]!;
    }
  }

  showContents(frame: number, words: Int32Array, from: number): void {
    this.#touch(frame);
    const length = this.wordsPerFrame;
    const to = frame * length;
    const { contents } = this;
    for (let i = 0; i < length; i++) contents[to + i] = words[from + i]!;
    this.written[this.writtenCount++] = frame;
  }

  move(process: number, space: number): void {
    const old = this.spaceOf[process]!;
    this.spaceOf[process] = space;
    if (old >= 0) {
      this.users[old] = this.users[old]! - 1;
      if (this.processOf[old] === process)
        this.processOf[old] = this.users[old] > 0 ? this.spaceOf.indexOf(old) : -1;
    }
    if (space < 0) return;
    this.users[space] = this.users[space]! + 1;
    this.processOf[space] = process;
  }

  entry(space: number, page: number, frame: number, bits: number): void {
    this.#single[0] = space * this.pages + page;
    this.#singleFrame[0] = frame;
    this.#singleBits[0] = bits;
    this.#show(this.#single, 1, this.#singleFrame, this.#singleBits, 0);
  }

  /** Entries number `changed[0..count]` of page tables laid out like this view's. */
  showEntries(
    changed: Readonly<Int32Array>,
    count: number,
    frame: Readonly<Int32Array>,
    bits: Readonly<Uint8Array>,
  ): void {
    this.#show(changed, count, frame, bits, -1);
  }

  /** `place`: where frame and bits of an entry lie; -1: under its own number. */
  #show(
    changed: Readonly<Int32Array>,
    count: number,
    newFrame: Readonly<Int32Array>,
    newBits: Readonly<Uint8Array>,
    place: number,
  ): void {
    const { frame, bits, entries, entriesBefore, bitsBefore } = this;
    let n = this.entryCount;
    if (n + count > entries.length) throw new RangeError('a section of the transcript names an entry twice');
    for (let i = 0; i < count; i++) {
      const entry = changed[i]!;
      if (entry < 0 || entry >= frame.length)
        throw new RangeError(`the transcript names entry ${entry} of ${frame.length}`);
      const at = place < 0 ? entry : place;
      const old = frame[entry]!;
      const oldBits = bits[entry]!;
      const now = newFrame[at]!;
      const nowBits = newBits[at]!;
      entries[n] = entry;
      entriesBefore[n] = old;
      bitsBefore[n++] = oldBits;
      const was = (oldBits & REFERS) === 0 ? -1 : old;
      const is = (nowBits & REFERS) === 0 ? -1 : now;
      frame[entry] = now;
      bits[entry] = nowBits;
      if (was >= 0) {
        this.#touch(was);
        if (was !== is) this.mapped[was]!--;
        if ((oldBits & WRITABLE) !== 0) this.writers[was]!--;
      }
      if (is < 0) continue;
      if (was !== is) {
        this.#touch(is);
        this.mapped[is]!++;
        this.mapper[is] = entry;
      }
      if ((nowBits & WRITABLE) !== 0) this.writers[is]!++;
    }
    this.entryCount = n;
  }

  /** Lists a frame as changed, with what it was, once a section. */
  #touch(frame: number): void {
    if (frame >= this.count.length) this.#grow(frame + 1);
    if (this.#frameAt[frame] === this.#epoch) return;
    this.#frameAt[frame] = this.#epoch;
    const n = this.frameCount++;
    this.frames[n] = frame;
    this.countsBefore[n] = this.count[frame]!;
    this.mappedBefore[n] = this.mapped[frame]!;
  }

  #grow(frames: number): void {
    if (frames > 1 << 22) throw new RangeError(`the transcript names frame ${frames - 1}`);
    const size = Math.max(64, this.count.length * 2, frames);
    const longer = (array: Int32Array, fill: number): Int32Array<ArrayBuffer> => {
      const grown = new Int32Array(size).fill(fill);
      grown.set(array);
      return grown;
    };
    this.count = longer(this.count, 0);
    this.free = longer(this.free, 1);
    this.held = longer(this.held, 0);
    this.mapped = longer(this.mapped, 0);
    this.writers = longer(this.writers, 0);
    this.mapper = longer(this.mapper, 0);
    this.pinned = longer(this.pinned, 0);
    this.frames = longer(this.frames, 0);
    this.countsBefore = longer(this.countsBefore, 0);
    this.mappedBefore = longer(this.mappedBefore, 0);
    this.written = longer(this.written, 0);
    this.#frameAt = longer(this.#frameAt, 0);
    const contents = new Int32Array(size * this.wordsPerFrame);
    contents.set(this.contents);
    this.contents = contents;
  }

  /** Names of processes the view has room for. */
  get names(): number {
    return this.#names;
  }
}
