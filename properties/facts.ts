// What is to be said of the changes of an op, gathered in passing, so that no invariant needs a pass of its own.
import * as law from '../spec/law.ts';
import type { ReadonlyFacts, ReadonlyReference, ReadonlyView } from '../spec/law.ts';
import * as shown from '../spec/transcript.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { PRIVATE_FILE, SHARED } = law;
const { PRESENT, WRITABLE } = shown;

/** Reused from op to op. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Facts implements ReadonlyFacts {
  owned = 0;
  storable = 0;
  gained = -1;
  lost = -1;
  fresh = 0;
  mostMappings = 0;
  mostUnheldMappings = 0;
  shared = 0;
  sharedWritable = -1;
  miscounted = -1;
  stained = -1;
  bits = 0;

  /** Nothing to be said of entries: none has changed. */
  clear(): void {
    this.owned = 0;
    this.storable = 0;
    this.gained = -1;
    this.lost = -1;
    this.bits = 0;
  }

  /** One pass over the frames that the section in hand concerns. */
  weigh(view: ReadonlyView, reference: ReadonlyReference): void {
    const { frames, frameCount, mapped, mappedBefore, held, count, free, writers, pinned } = view;
    let fresh = 0;
    let most = 0;
    let mostUnheld = 0;
    let shared = 0;
    let sharedWritable = -1;
    let miscounted = -1;
    for (let i = 0; i < frameCount; i++) {
      const frame = frames[i]!;
      const mappings = mapped[frame]!;
      const others = held[frame]!;
      if (mappings > 0 && mappedBefore[i] === 0 && others <= 0) fresh++;
      if (mappings > most) most = mappings;
      if (mappings > mostUnheld && others <= 0) mostUnheld = mappings;
      // A pin is a holder, but not one that a store of the page's own process would surprise.
      if (mappings + (others > 0 ? others - pinned[frame]! : 0) >= 2) {
        shared++;
        if (writers[frame]! > 0 && sharedWritable < 0 && !meantToBeShared(view, reference, frame))
          sharedWritable = i;
      }
      const counted = count[frame]!;
      if (counted < 0 || others < 0) continue;
      const holders = mappings + others;
      const state = free[frame]!;
      if ((counted !== holders || (state >= 0 && (state === 1) !== (holders === 0))) && miscounted < 0)
        miscounted = i;
    }
    this.fresh = fresh;
    this.mostMappings = most;
    this.mostUnheldMappings = mostUnheld;
    this.shared = shared;
    this.sharedWritable = sharedWritable;
    this.miscounted = miscounted;
  }
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
      if (own < 0) return false;
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
