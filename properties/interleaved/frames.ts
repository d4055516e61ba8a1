// Frames are not free while they can be reached, counted exactly once the kernel has let them go, and given back once.
import { BUILT, frameOf, frameWord, type Interleaving, pageWord } from '../../spec/interleaving.ts';
import type { Evidence } from '../../spec/law.ts';
import type { InterleavedLaw } from './law.ts';

const holding = new Uint8Array(128);

/** Counts who refers to each frame: entries, pins, the kernel to the zero frame. */
function countReferences(state: Interleaving): void {
  const { entry, pinned, zero } = state;
  for (let frame = 0; frame <= zero; frame++) holding[frame] = 0;
  holding[zero] = 1;
  for (let place = 0; place < entry.length; place++) {
    if (entry[place] !== 0) holding[frameOf(entry[place]!)]!++;
    if (pinned[place] !== 0) holding[pinned[place]! - 1]!++;
  }
}

/** Does processor `cpu`, in user mode, still use for `page` a frame that its entry no longer maps? The frame, or -1. */
function leftover(state: Interleaving, cpu: number, page: number): number {
  const { at, running, cached, entry } = state;
  const { pages } = state.scope;
  const translation = cached[cpu * pages + page]!;
  if (at[cpu] !== 0 || running[cpu] === 0 || translation === 0) return -1;
  const frame = frameOf(translation);
  return frameOf(entry[(running[cpu]! - 1) * pages + page]!) === frame ? -1 : frame;
}

function holders(state: Interleaving, frame: number): string {
  const { entry, pinned, zero } = state;
  const { cpus, pages } = state.scope;
  const by: string[] = frame === zero ? ['the kernel'] : [];
  for (let place = 0; place < entry.length; place++) {
    if (frameOf(entry[place]!) === frame) by.push(`the entry of ${pageWord(state, place)}`);
    if (pinned[place] === frame + 1) by.push(`the pin of ${pageWord(state, place)}`);
  }
  for (let cpu = 0; cpu < cpus; cpu++)
    for (let page = 0; page < pages; page++)
      if (leftover(state, cpu, page) === frame)
        by.push(`what CPU ${cpu} has cached of ${pageWord(state, (state.running[cpu]! - 1) * pages + page)}`);
  return by.length === 0 ? 'nobody' : by.join(' and ');
}

/** What can be reached, through an entry, a pin or a cached translation, is not free: somebody else may get it next. */
export const heldIsNotFree: InterleavedLaw = {
  id: 'frames.held-is-not-free',
  rule: 25,
  judge(state) {
    const { at, cached, entry, free, pinned, running, zero } = state;
    const { cpus, pages } = state.scope;
    for (let place = 0; place < entry.length; place++) {
      if (entry[place] !== 0 && free[frameOf(entry[place]!)] === 1)
        return isFree(state, frameOf(entry[place]!));
      if (pinned[place] !== 0 && free[pinned[place]! - 1] === 1) return isFree(state, pinned[place]! - 1);
    }
    for (let cpu = 0; cpu < cpus; cpu++)
      if (at[cpu] === 0 && running[cpu] !== 0)
        for (let slot = cpu * pages; slot < (cpu + 1) * pages; slot++)
          if (cached[slot] !== 0 && free[frameOf(cached[slot]!)] === 1)
            return isFree(state, frameOf(cached[slot]!));
    for (let frame = 0; frame < zero; frame++) if (free[frame] === 1) return 'held';
    return 'idle';
  },
};

function isFree(state: Interleaving, frame: number): Evidence {
  const word = frameWord(state, frame);
  return {
    rule: 25,
    required: `${word} is in use`,
    found: 'it is free',
    because: `${word} is still held by ${holders(state, frame)}, and may be given to somebody else.`,
  };
}

const inWork = new Uint8Array(128);

/** Marks the frames that the kernel has in hand: it remembers them, or is at work for a space that maps them. */
function markWork(state: Interleaving): void {
  const { at, entry, fresh, life, old, pinned, running, zero } = state;
  const { pages, procs } = state.scope;
  for (let frame = 0; frame <= zero; frame++) inWork[frame] = 0;
  let spaces = 0;
  for (let cpu = 0; cpu < at.length; cpu++) {
    if (at[cpu] === 0) continue;
    spaces |= 1 << (running[cpu]! - 1);
    if (old[cpu] !== 0) inWork[old[cpu]! - 1] = 1;
    if (fresh[cpu] !== 0) inWork[fresh[cpu]! - 1] = 1;
  }
  for (let space = 0; space < procs; space++) {
    if ((spaces & (1 << space)) === 0 && life[space] !== BUILT) continue;
    for (let place = space * pages; place < (space + 1) * pages; place++) {
      if (entry[place] !== 0) inWork[frameOf(entry[place]!)] = 1;
      if (pinned[place] !== 0) inWork[pinned[place]! - 1] = 1;
    }
  }
}

/** Of what the kernel has let go the count is exact, and what is not free is held: nobody is about to put it right. */
export const countIsExact: InterleavedLaw = {
  id: 'frames.count-is-exact',
  rule: 25,
  judge(state) {
    const { count, free, zero } = state;
    countReferences(state);
    markWork(state);
    let premise = false;
    for (let frame = 0; frame <= zero; frame++) {
      if (inWork[frame] === 1) continue;
      const held = holding[frame]!;
      if (held > 0) premise = true;
      if (count[frame] === held && (free[frame] === 1) === (held === 0)) continue;
      const word = frameWord(state, frame);
      return {
        rule: 25,
        required: held === 0 ? `${word} is free` : `${word} counted ${held}`,
        found: free[frame] === 1 ? `free and counted ${count[frame]}` : `in use and counted ${count[frame]}`,
        because:
          held === 0
            ? `nobody holds ${word} and the kernel has let it go: nobody will ever give it back.`
            : `${word} is held by ${holders(state, frame)}, the kernel has let it go, and nobody will put its count right.`,
      };
    }
    return premise ? 'held' : 'idle';
  },
};

/** What is free is not given back again. */
export const freedOnce: InterleavedLaw = {
  id: 'frames.freed-once',
  rule: 25,
  judge(state) {
    if (state.mishap[0] !== 0)
      return {
        rule: 25,
        required: 'a frame is given back once',
        found: 'a frame that was free was given up again',
        because: 'it is twice on the free list: the next two that allocate get the same frame.',
      };
    for (let frame = 0; frame < state.zero; frame++) if (state.free[frame] === 0) return 'held';
    return 'idle';
  },
};
