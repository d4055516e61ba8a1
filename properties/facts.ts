// What an op changed, in one pass over its entries and one over its frames, so that no invariant needs a pass of its own.
import type { Inspects } from '../spec/inspection.ts';
import {
  PRIVATE_FILE,
  type ReadonlyFacts,
  type ReadonlyReference,
  type ReadonlyView,
  SHARED,
} from '../spec/law.ts';
import { COPY_ON_WRITE, EXECUTABLE, PRESENT, WRITABLE } from '../spec/transcript.ts';
import { EXECUTE, WRITE } from '../spec/world.ts';

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

  readonly #executable: boolean;

  constructor(inspects: Inspects) {
    this.#executable = inspects.executable;
  }

  gather(view: ReadonlyView, reference: ReadonlyReference): void {
    this.#entries(view, reference);
    this.#frames(view, reference);
  }

  #entries(view: ReadonlyView, reference: ReadonlyReference): void {
    const { entries, entryCount, bits, processOf, spaceAt, pageAt } = view;
    const { permission, spaceOf } = reference;
    const { pages } = reference.layout;
    let owned = 0;
    let storable = 0;
    let gained = -1;
    let lost = -1;
    for (let i = 0; i < entryCount; i++) {
      const entry = entries[i]!;
      const has = bits[entry]!;
      if ((has & PRESENT) === 0) continue;
      const process = processOf[spaceAt[entry]!]!;
      if (process < 0) continue;
      const space = spaceOf[process]!;
      if (space < 0) continue;
      owned++;
      const may = permission[space * pages + pageAt[entry]!]!;
      const stores = (has & (WRITABLE | COPY_ON_WRITE)) !== 0;
      if ((may & WRITE) !== 0) {
        storable++;
        if (!stores && lost < 0) lost = i;
      } else if (stores && gained < 0) gained = i;
      if ((has & EXECUTABLE) !== 0 && (may & EXECUTE) === 0 && this.#executable && gained < 0) gained = i;
    }
    this.owned = owned;
    this.storable = storable;
    this.gained = gained;
    this.lost = lost;
  }

  #frames(view: ReadonlyView, reference: ReadonlyReference): void {
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
