// What a target answered to a tape, packed: a reply per op, and the changes each inspection saw.
import type { Window } from './window.ts';

/** Words per reply: kind, three operands, flags. */
export const REPLY_STRIDE = 5;
/** The same: what a module exports is read anew at every use, what it keeps is not. */
const WORDS = REPLY_STRIDE;
/** Reply flag: the armed `failalloc` fired during this op. */
export const INJECTED = 1;
/** With it, the bits from here up: which of the target's allocation sites it was. */
export const SITE_SHIFT = 8;

/** Bits of a page-table entry. */
export const PRESENT = 1;
export const WRITABLE = 2;
export const EXCLUSIVE = 4;
export const EXECUTABLE = 8;
export const COPY_ON_WRITE = 16;
/** Not present: its bytes are in a swap slot, which counts as the entry's frame. */
export const SWAPPED = 32;
/** Part of a huge page. */
export const HUGE = 64;
/** Freed lazily: the kernel may take the page as long as nobody stores to it. */
export const LAZY = 128;
/** An entry with one of these refers to a frame, or to a slot, and is one of its holders. */
export const REFERS = PRESENT | SWAPPED;

/** Log records: kind, then operands. */
export const ENTRY = 1; // space, page, frame, bits      (frame -1: unknown or none)
export const FRAME = 2; // frame, count, free, held      (-1: unknown)
export const CONTENTS = 3; // frame, then pageSize / 4 words
export const TOTALS = 4; // used, tables                 (-1: unknown)
export const SPACE = 5; // process, space                (-1: the process holds no memory)
export const FAULTS = 6; // faults taken by this op
export const PINNED = 7; // handle, frame               (-1: the handle is not in use)

/**
 * Growing buffers, reused from run to run. Section 0 of the log is the state before the first op,
 * section i+1 what changed in op i. Records are changes: what no record mentions is as it was.
 * Before section 0: no process holds memory, every frame is free with count 0.
 *
 * Operands of a reply: `forked` inParent (process number, -1 unknown), inChild · `executed` image, argument,
 * environment · `bytes` start and length in `bytes` · `digest` the digest · `reaped` process number, ending ·
 * `refused` and `killed` the reason · `refused` of kwrite also, as second operand, how many bytes stand ·
 * `fault` of kwrite how many bytes stand, of wait the child that is gone all the same plus one (0: none).
 */
export class Transcript {
  /** Ops answered so far. */
  count = 0;
  replies = new Int32Array(REPLY_STRIDE * 256);
  bytes = new Uint8Array(4096);
  byteCount = 0;
  log = new Int32Array(8192);
  logLength = 0;
  /** `sectionEnd[s]`: where section s of the log ends. */
  sectionEnd = new Int32Array(257);
  sections = 0;

  clear(): void {
    this.count = 0;
    this.byteCount = 0;
    this.logLength = 0;
    this.sections = 0;
  }

  /** Closes the current log section. */
  endSection(): void {
    if (this.sections === this.sectionEnd.length) this.sectionEnd = grown(this.sectionEnd, this.sections + 1);
    this.sectionEnd[this.sections++] = this.logLength;
  }

  reply(kind: number, a = 0, b = 0, c = 0, flags = 0): void {
    const at = this.count++ * WORDS;
    if (at + WORDS > this.replies.length) this.replies = grown(this.replies, at + WORDS);
    const { replies } = this;
    // `| 0`: without it the compiler sends them through floating point.
    replies[at] = kind | 0;
    replies[at + 1] = a | 0;
    replies[at + 2] = b | 0;
    replies[at + 3] = c | 0;
    replies[at + 4] = flags | 0;
  }

  /** Room for `length` more bytes; returns where they start. The caller fills `bytes` there. */
  reserveBytes(length: number): number {
    const start = this.byteCount;
    if (start + length > this.bytes.length) {
      const bigger = new Uint8Array(Math.max(this.bytes.length * 2, start + length));
      bigger.set(this.bytes);
      this.bytes = bigger;
    }
    this.byteCount = start + length;
    return start;
  }

  /** Makes room for `length` more words of log. */
  reserveLog(length: number): void {
    if (this.logLength + length > this.log.length) this.log = grown(this.log, this.logLength + length);
  }

  entry(space: number, page: number, frame: number, bits: number): void {
    this.reserveLog(5);
    const { log } = this;
    let at = this.logLength;
    log[at++] = ENTRY;
    log[at++] = space;
    log[at++] = page;
    log[at++] = frame;
    log[at++] = bits;
    this.logLength = at;
  }

  /** Everything that changed behind `window`, as one section. */
  changes(window: Window): void {
    const { memory, layout } = window;
    for (let i = 0; i < window.movedCount; i++) {
      const process = window.moved[i] ?? 0;
      this.space(process, window.spaceOf[process] ?? -1);
    }
    for (let i = 0; i < memory.writtenCount; i++) {
      const frame = memory.written[i] ?? 0;
      this.contents(frame, memory.words, frame * memory.wordsPerFrame, memory.wordsPerFrame);
    }
    for (let i = 0; i < window.changedCount; i++) {
      const entry = window.changed[i] ?? 0;
      const space = Math.floor(entry / layout.pages);
      this.entry(space, entry - space * layout.pages, window.frame[entry] ?? -1, window.bits[entry] ?? 0);
    }
    for (let i = 0; i < memory.changedCount; i++) {
      const frame = memory.changed[i] ?? 0;
      this.frame(frame, memory.count[frame] ?? -1, memory.listed[frame] ?? -1, memory.held[frame] ?? 0);
    }
    for (let i = 0; i < window.pinsChangedCount; i++) {
      const handle = window.pinsChanged[i] ?? 0;
      this.pin(handle, window.pinned[handle] ?? -1);
    }
    this.totals(memory.used, memory.tables);
    this.endSection();
  }

  frame(frame: number, count: number, free: number, held: number): void {
    this.reserveLog(5);
    const { log } = this;
    let at = this.logLength;
    log[at++] = FRAME;
    log[at++] = frame;
    log[at++] = count;
    log[at++] = free;
    log[at++] = held;
    this.logLength = at;
  }

  contents(frame: number, words: Int32Array, start: number, length: number): void {
    this.reserveLog(2 + length);
    const { log } = this;
    let at = this.logLength;
    log[at++] = CONTENTS;
    log[at++] = frame;
    for (let i = 0; i < length; i++) log[at++] = words[start + i] ?? 0;
    this.logLength = at;
  }

  totals(used: number, tables: number): void {
    this.reserveLog(3);
    this.log[this.logLength++] = TOTALS;
    this.log[this.logLength++] = used;
    this.log[this.logLength++] = tables;
  }

  space(process: number, space: number): void {
    this.reserveLog(3);
    this.log[this.logLength++] = SPACE;
    this.log[this.logLength++] = process;
    this.log[this.logLength++] = space;
  }

  /** Pin number `handle` refers to `frame`; -1: it is not in use. */
  pin(handle: number, frame: number): void {
    this.reserveLog(3);
    this.log[this.logLength++] = PINNED;
    this.log[this.logLength++] = handle;
    this.log[this.logLength++] = frame;
  }

  faults(faults: number): void {
    this.reserveLog(2);
    this.log[this.logLength++] = FAULTS;
    this.log[this.logLength++] = faults;
  }
}

function grown(array: Int32Array<ArrayBuffer>, atLeast: number): Int32Array<ArrayBuffer> {
  const bigger = new Int32Array(Math.max(array.length * 2, atLeast));
  bigger.set(array);
  return bigger;
}
