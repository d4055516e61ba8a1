// What processors have cached of page tables: rule 29, as a law over every state.
import { frameOf, LIVE, WRITABLE } from '../../spec/interleaving.ts';
import { frameWord, inHand, type InterleavedLaw, pageWord, valueWord } from './law.ts';

/** A processor in user mode may load through what it has cached, at any moment. */
export const cachedReadsReference: InterleavedLaw = {
  id: 'translations.cached-reads-reference',
  rule: 29,
  judge(state) {
    const { at, cached, content, free, reference, running } = state;
    const { cpus, pages } = state.scope;
    let premise = false;
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (at[cpu] !== 0 || running[cpu] === 0) continue;
      for (let page = 0; page < pages; page++) {
        const translation = cached[cpu * pages + page]!;
        if (translation === 0) continue;
        premise = true;
        const frame = frameOf(translation);
        const place = (running[cpu]! - 1) * pages + page;
        if (content[frame] === reference[place]) continue;
        const word = frameWord(state, frame);
        return {
          rule: 29,
          required: `CPU ${cpu} reads ${reference[place]} from ${pageWord(state, place)}`,
          found: `its tlb leads to ${word}, which holds ${valueWord(state, content[frame]!)}`,
          because:
            free[frame] === 1
              ? `${word} is free, and CPU ${cpu} can still reach it.`
              : `the translation was cached before the page got another frame, or another process stored to ${word}.`,
        };
      }
    }
    return premise ? 'held' : 'idle';
  },
};

/** A frame of two spaces can be stored to by nobody: not through an entry, not through a cached translation. */
export const sharedIsReadOnly: InterleavedLaw = {
  id: 'translations.shared-is-read-only',
  rule: 29,
  judge(state) {
    const { at, cached, entry, life, running } = state;
    const { cpus, pages } = state.scope;
    let premise = false;
    // For each way to store to a frame, whether another page maps it.
    const sharer = (frame: number, place: number): number => {
      for (let other = 0; other < entry.length; other++)
        if (other !== place && frameOf(entry[other]!) === frame && life[Math.trunc(other / pages)] === LIVE)
          return other;
      return -1;
    };
    for (let place = 0; place < entry.length; place++) {
      if (entry[place] === 0 || life[Math.trunc(place / pages)] !== LIVE) continue;
      const frame = frameOf(entry[place]!);
      const other = sharer(frame, place);
      if (other < 0) continue;
      premise = true;
      if ((entry[place]! & WRITABLE) !== 0) {
        const word = frameWord(state, frame);
        return {
          rule: 29,
          required: `nobody can store to ${word}`,
          found: `the entry of ${pageWord(state, place)} lets stores through`,
          because: `${pageWord(state, other)} maps ${word} too and will read what is stored.`,
        };
      }
    }
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (at[cpu] !== 0 || running[cpu] === 0) continue;
      for (let page = 0; page < pages; page++) {
        const translation = cached[cpu * pages + page]!;
        if ((translation & WRITABLE) === 0) continue;
        const place = (running[cpu]! - 1) * pages + page;
        const frame = frameOf(translation);
        const other = sharer(frame, place);
        if (other < 0) continue;
        const word = frameWord(state, frame);
        return {
          rule: 29,
          required: `nobody can store to ${word}`,
          found: `CPU ${cpu} has ${pageWord(state, place)} cached as writable`,
          because: `${pageWord(state, other)} maps ${word} too and will read what CPU ${cpu} stores, without a fault.`,
        };
      }
    }
    return premise ? 'held' : 'idle';
  },
};

/** Once the kernel has let go of a space, no processor uses for a page what its entry does not allow. */
export const noneStale: InterleavedLaw = {
  id: 'translations.none-stale',
  rule: 29,
  judge(state) {
    const { at, cached, entry, running } = state;
    const { cpus, pages } = state.scope;
    let premise = false;
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (at[cpu] !== 0 || running[cpu] === 0) continue;
      for (let page = 0; page < pages; page++) {
        const translation = cached[cpu * pages + page]!;
        if (translation === 0 || inHand(state, running[cpu]! - 1)) continue;
        premise = true;
        const place = (running[cpu]! - 1) * pages + page;
        const now = entry[place]!;
        const frame = frameOf(translation);
        if (frameOf(now) === frame && (translation & WRITABLE & ~now) === 0) continue;
        const other = frameOf(now) !== frame;
        return {
          rule: 29,
          required: `CPU ${cpu} uses ${pageWord(state, place)} as its entry has it: ${now === 0 ? 'absent' : frameWord(state, frameOf(now))}${other ? '' : ', read-only'}`,
          found: `its tlb leads to ${frameWord(state, frame)}${other ? '' : ', writable'}`,
          because: `the entry was changed, the kernel has let go, and CPU ${cpu} was not told.`,
        };
      }
    }
    return premise ? 'held' : 'idle';
  },
};
