// What processors have cached of page tables: rule 29, as a law over every state.
import {
  frameOf,
  frameWord,
  type Interleaving,
  LIVE,
  pageWord,
  valueWord,
  WRITABLE,
} from '../../spec/interleaving.ts';
import type { Evidence } from '../../spec/law.ts';
import { inHand, type InterleavedLaw, isOpen } from './law.ts';

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

const mapping = new Uint8Array(128);

/** A frame of two spaces can be stored to by nobody: not through an entry, not through a cached translation. */
export const sharedIsReadOnly: InterleavedLaw = {
  id: 'translations.shared-is-read-only',
  rule: 29,
  judge(state) {
    const { at, cached, entry, life, running, zero } = state;
    const { cpus, pages } = state.scope;
    let premise = false;
    for (let frame = 0; frame <= zero; frame++) mapping[frame] = 0;
    for (let place = 0; place < entry.length; place++)
      if (entry[place] !== 0 && life[Math.trunc(place / pages)] === LIVE)
        if (++mapping[frameOf(entry[place]!)]! > 1) premise = true;
    for (let place = 0; place < entry.length; place++)
      if (
        (entry[place]! & WRITABLE) !== 0 &&
        life[Math.trunc(place / pages)] === LIVE &&
        mapping[frameOf(entry[place]!)]! > 1 &&
        isOpen(state, Math.trunc(place / pages))
      )
        return storable(state, frameOf(entry[place]!), place, -1);
    for (let cpu = 0; cpu < cpus; cpu++) {
      if (at[cpu] !== 0 || running[cpu] === 0) continue;
      for (let page = 0; page < pages; page++) {
        const translation = cached[cpu * pages + page]!;
        if ((translation & WRITABLE) === 0) continue;
        const place = (running[cpu]! - 1) * pages + page;
        const frame = frameOf(translation);
        const own = frameOf(entry[place]!) === frame ? 1 : 0;
        if (mapping[frame]! > own) return storable(state, frame, place, cpu);
      }
    }
    return premise ? 'held' : 'idle';
  },
};

/** Page `place` can be stored to, through its entry or through what `cpu` has cached, in a frame that another maps. */
function storable(state: Interleaving, frame: number, place: number, cpu: number): Evidence {
  const { entry, life } = state;
  const { pages } = state.scope;
  const other = entry.findIndex(
    (mapped, at) => at !== place && frameOf(mapped) === frame && life[Math.trunc(at / pages)] === LIVE,
  );
  const word = frameWord(state, frame);
  const who = cpu < 0 ? `the entry of ${pageWord(state, place)}` : `CPU ${cpu}`;
  return {
    rule: 29,
    required: `nobody can store to ${word}`,
    found: cpu < 0 ? `${who} lets stores through` : `${who} has ${pageWord(state, place)} cached as writable`,
    because: `${pageWord(state, other)} maps ${word} too and will read what is stored, without a fault.`,
  };
}

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
