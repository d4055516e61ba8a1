// What the target has shown of itself: a log, applied section by section, or a window on the target's own arrays.
import * as shown from '../spec/transcript.ts';
import type { Transcript } from '../spec/transcript.ts';
import type { Window } from '../spec/window.ts';
import { Settled } from './settled.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { CONTENTS, ENTRY, FAULTS, FRAME, PINNED, SPACE, TOTALS } = shown;

/**
 * A section is shown first: its records, or the window, fill the lists of changes. Then it is settled: one pass over the
 * changed entries brings up to date what is derived, and gathers facts about them. Behind a window, what the target says
 * of entries and counts is not copied but read where it stands.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class View extends Settled {
  #window: Window | undefined;
  /** The last section that named each entry, and each frame. */
  readonly #entryAt: Int32Array;
  #changedAt = new Int32Array(0);

  constructor(pages: number, names: number, wordsPerFrame: number) {
    super(pages, names, wordsPerFrame);
    this.#entryAt = new Int32Array(this.entries.length);
    this.reset();
  }

  /** Before anything of the next section is shown: settles the last one, if nobody has looked at it. */
  open(): void {
    if (!this.settled) this.settle();
    this.forget();
    if (this.lent.length > 0) this.lent.length = 0;
    this.settled = false;
  }

  /** Applies section `section` of the log; it is yet to be settled. */
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

  entry(space: number, page: number, frame: number, bits: number): void {
    const entry = space * this.pages + page;
    if (entry < 0 || entry >= this.frame.length)
      throw new RangeError(`the transcript names entry ${entry} of ${this.frame.length}`);
    if (frame >= this.mapped.length) this.grow(frame + 1);
    if (this.#entryAt[entry] !== this.epoch) {
      this.#entryAt[entry] = this.epoch;
      const n = this.entryCount++;
      this.entries[n] = entry;
      this.entriesBefore[n] = this.frame[entry]!;
      this.bitsBefore[n] = this.bits[entry]!;
    }
    this.frame[entry] = frame;
    this.bits[entry] = bits;
  }

  showFrame(frame: number, count: number, free: number, held: number): void {
    if (frame >= this.mapped.length) this.grow(frame + 1);
    if (this.#changedAt[frame] !== this.epoch) {
      this.#changedAt[frame] = this.epoch;
      const n = this.changedCount++;
      this.changed[n] = frame;
      this.changedCounts[n] = this.count[frame]!;
    }
    this.count[frame] = count;
    this.free[frame] = free;
    this.held[frame] = held;
  }

  showContents(frame: number, words: Int32Array, from: number): void {
    if (frame >= this.mapped.length) this.grow(frame + 1);
    this.list(frame);
    const length = this.wordsPerFrame;
    const to = frame * length;
    const { contents } = this;
    for (let i = 0; i < length; i++) contents[to + i] = words[from + i]!;
    this.written[this.writtenCount++] = frame;
  }

  move(process: number, space: number): void {
    const { spaceOf, users, processOf } = this;
    const old = spaceOf[process]!;
    spaceOf[process] = space;
    if (old >= 0) {
      const left = users[old]! - 1;
      users[old] = left;
      if (processOf[old] === process) processOf[old] = left > 0 ? spaceOf.indexOf(old) : -1;
    }
    if (space < 0) return;
    users[space] = users[space]! + 1;
    processOf[space] = process;
  }

  /** Pin number `handle` refers to `frame`; -1: it is not in use. */
  pin(handle: number, frame: number): void {
    const old = this.pinFrame[handle]!;
    if (frame >= this.mapped.length) this.grow(frame + 1);
    this.pinFrame[handle] = frame;
    this.pinCount += (frame >= 0 ? 1 : 0) - (old >= 0 ? 1 : 0);
    if (old >= 0) {
      this.pinned[old] = this.pinned[old]! - 1;
      this.lent.push(old);
    }
    if (frame >= 0) {
      this.pinned[frame] = this.pinned[frame]! + 1;
      this.lent.push(frame);
    }
  }

  /** All that changed behind `window`. */
  look(window: Window): void {
    if (this.#window !== window) this.#borrow(window);
    const { memory } = window;
    const { movedCount, pinsChangedCount } = window;
    const { writtenCount } = memory;
    if (movedCount > 0) this.#lookAtMoved(window, movedCount);
    if (writtenCount > 0) this.#lookAtWritten(memory.words, memory.written, writtenCount);
    for (let i = 0; i < pinsChangedCount; i++)
      this.pin(window.pinsChanged[i]!, window.pinned[window.pinsChanged[i]!]!);
    this.entryCount = window.changedCount;
    this.changedCount = memory.changedCount;
    this.used = memory.used;
    this.tables = memory.tables;
  }

  #lookAtMoved({ moved, spaceOf }: Window, count: number): void {
    for (let i = 0; i < count; i++) this.move(moved[i]!, spaceOf[moved[i]!]!);
  }

  #lookAtWritten(words: Int32Array, changed: Int32Array, count: number): void {
    const length = this.wordsPerFrame;
    const { contents, written, frames, mappedBefore, mapped, listedAt, epoch } = this;
    for (let n = 0; n < count; n++) {
      const frame = changed[n]!;
      written[n] = frame;
      listedAt[frame] = epoch;
      frames[n] = frame;
      mappedBefore[n] = mapped[frame]!;
      const end = (frame + 1) * length;
      for (let i = end - length; i < end; i++) contents[i] = words[i]!;
    }
    this.writtenCount = count;
    this.frameCount = count;
  }

  /** From now on, what this window shows of entries and counts is read where it stands. */
  #borrow(window: Window): void {
    const { memory } = window;
    this.#window = window;
    this.borrowed = true;
    if (memory.count.length > this.mapped.length) this.grow(memory.count.length);
    this.frame = window.frame;
    this.bits = window.bits;
    this.entries = window.changed;
    this.entriesBefore = window.changedFrames;
    this.bitsBefore = window.changedBits;
    this.count = memory.count as Int32Array<ArrayBuffer>;
    this.free = memory.listed as Int32Array<ArrayBuffer>;
    this.held = memory.held as Int32Array<ArrayBuffer>;
    this.changed = memory.changed as Int32Array<ArrayBuffer>;
    this.changedCounts = memory.changedCounts as Int32Array<ArrayBuffer>;
  }

  protected override grow(frames: number): void {
    super.grow(frames);
    const grown = new Int32Array(this.mapped.length);
    grown.set(this.#changedAt);
    this.#changedAt = grown;
  }
}
