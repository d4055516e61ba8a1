// What is to be said of the changes of an op, gathered in passing, so that no invariant needs a pass of its own.
import * as columns from './columns.ts';
import type { Columns } from './columns.ts';
import * as law from '../spec/law.ts';
import type { ReadonlyFacts, ReadonlyReference, ReadonlyView } from '../spec/law.ts';
import * as shown from '../spec/transcript.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { FRAMES, MAPPED_BEFORE, PINNED, WRITERS } = columns;
const { PRIVATE_FILE, SHARED } = law;
const { PRESENT, WRITABLE } = shown;

/** Reused from op to op. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Facts implements ReadonlyFacts {
  owned = 0;
  storable = 0;
  gained = -1;
  lost = -1;
  barred = -1;
  fresh = 0;
  shared = 0;
  sharedWritable = -1;
  miscounted = -1;
  stained = -1;
  bits = 0;
  kept = 0;
  /** 1 if an entry changed that may have had a frame to itself, or if one came to share a frame. */
  sole = 0;

  readonly #view: Columns;

  constructor(view: Columns) {
    this.#view = view;
  }

  /** No entry has changed. */
  clearEntries(): void {
    this.owned = 0;
    this.storable = 0;
    this.gained = -1;
    this.lost = -1;
    this.barred = -1;
    this.bits = 0;
    this.kept = 0;
    this.sole = 0;
  }

  /** No frame is concerned. */
  clearFrames(): void {
    this.fresh = 0;
    this.shared = 0;
    this.sharedWritable = -1;
    this.miscounted = -1;
    this.stained = -1;
  }

  /** One pass over the frames that the section in hand concerns. Few branches: here they would often be foretold wrong. */
  weigh(reference: ReadonlyReference): void {
    const view = this.#view;
    const { cells, room, frameCount, held, count, free } = view;
    const WRITER = WRITERS * room;
    const PIN = PINNED * room;
    const NAME = FRAMES * room;
    const BEFORE = MAPPED_BEFORE * room;
    let fresh = 0;
    let shared = 0;
    let suspect = -1;
    let miscounted = -1;
    // Nothing is called in here: the compiler then checks the arrays once and not at every turn.
    for (let i = 0; i < frameCount; i++) {
      const frame = cells[(NAME + i) | 0]!;
      if (frame < 0) {
        // No frame at all, and yet counted.
        if (miscounted < 0) miscounted = i;
        continue;
      }
      const mappings = cells[frame]!;
      const others = held[frame]!;
      fresh = (fresh + (some(mappings) & none(cells[(BEFORE + i) | 0]!) & none(others))) | 0;
      // A pin is a holder, but not one that a store of the page's own process would surprise.
      const several = some(mappings + (others > 0 ? others - cells[(PIN + frame) | 0]! : 0) - 1);
      shared = (shared + several) | 0;
      if ((several & some(cells[(WRITER + frame) | 0]!)) !== 0 && suspect < 0) suspect = i;
      const counted = count[frame]!;
      const holders = mappings + others;
      const state = free[frame]!;
      if (counted === holders && state === none(holders)) continue;
      if (miscounted >= 0 || counted < 0 || others < 0) continue;
      if (counted !== holders || (state >= 0 && (state === 1) !== (holders === 0))) miscounted = i;
    }
    this.fresh = fresh;
    this.shared = shared;
    this.sharedWritable = suspect < 0 ? -1 : firstSharedWritable(view, reference, suspect);
    this.miscounted = miscounted;
    this.stained = -1;
  }

  get mostMappings(): number {
    const { frames, frameCount, mapped } = this.#view;
    let most = 0;
    for (let i = 0; i < frameCount; i++) most = Math.max(most, mapped[frames[i]!]!);
    return most;
  }

  get mostUnheldMappings(): number {
    const { frames, frameCount, mapped, held } = this.#view;
    let most = 0;
    for (let i = 0; i < frameCount; i++)
      if (held[frames[i]!]! <= 0) most = Math.max(most, mapped[frames[i]!]!);
    return most;
  }
}

/** 1 for a positive whole number, else 0; without a branch, which would often be foretold wrong. */
export function some(n: number): number {
  return -n >>> 31;
}

/** 1 for zero and below, else 0. */
function none(n: number): number {
  return (n - 1) >>> 31;
}

/** The first concerned frame, from number `from` on, that is shared and writable and not meant to be both; -1: none. */
function firstSharedWritable(view: ReadonlyView, reference: ReadonlyReference, from: number): number {
  for (let i = from; i < view.frameCount; i++) {
    const frame = view.frames[i]!;
    const others = view.held[frame]!;
    const holders = view.mapped[frame]! + (others > 0 ? others - view.pinned[frame]! : 0);
    if (holders >= 2 && view.writers[frame]! > 0 && !meantToBeShared(view, reference, frame)) return i;
  }
  return -1;
}

/** Is every page that maps `frame` one of a shared mapping, or of the file? */
function meantToBeShared(view: ReadonlyView, reference: ReadonlyReference, frame: number): boolean {
  const { pages } = reference.layout;
  if (reference.layout.span.map === 0) return false;
  for (let process = 0; process < view.spaceOf.length; process++) {
    const space = view.spaceOf[process]!;
    const own = reference.spaceOf[process]!;
    if (space < 0) continue;
    for (let page = 0; page < pages; page++) {
      const entry = space * pages + page;
      if (view.frame[entry] !== frame || (view.bits[entry]! & PRESENT) === 0) continue;
      // It has ended, and keeps its memory until it is waited for.
      if (own < 0) continue;
      const mine = own * pages + page;
      const kind = reference.kind[mine]!;
      if (kind >= SHARED) continue;
      // A private mapping of the file that nobody has written yet shows the file, and may only look.
      const looks = kind === PRIVATE_FILE && reference.where[mine] !== mine;
      if (!looks || (view.bits[entry]! & WRITABLE) !== 0) return false;
    }
  }
  return true;
}
