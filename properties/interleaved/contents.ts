// Every page reads what eager copying would hold in it.
import { frameOf, frameWord, LIVE, pageWord, valueWord } from '../../spec/interleaving.ts';
import { inHand, type InterleavedLaw, isOpen } from './law.ts';

/** An entry that can be used maps a frame with the value that its page has: a load may be next. */
export const entryReadsReference: InterleavedLaw = {
  id: 'contents.entry-reads-reference',
  rule: 2,
  judge(state) {
    const { entry, life, content, reference } = state;
    const { pages, procs } = state.scope;
    let premise = false;
    for (let space = 0; space < procs; space++) {
      if (life[space] !== LIVE || !isOpen(state, space)) continue;
      for (let place = space * pages; place < (space + 1) * pages; place++) {
        if (entry[place] === 0) continue;
        premise = true;
        const frame = frameOf(entry[place]!);
        if (content[frame] === reference[place]) continue;
        const page = pageWord(state, place);
        return {
          rule: 2,
          required: `${page} reads ${reference[place]}`,
          found: `its entry maps ${frameWord(state, frame)}, which holds ${valueWord(state, content[frame]!)}`,
          because: `a load of ${page} through its page table sees what was never stored there, or no longer what was.`,
        };
      }
    }
    return premise ? 'held' : 'idle';
  },
};

/** A page without an entry reads zero, once the kernel has let go of its space. */
export const untouchedReadsZero: InterleavedLaw = {
  id: 'contents.untouched-reads-zero',
  rule: 8,
  judge(state) {
    const { entry, life, reference } = state;
    const { pages, procs } = state.scope;
    let premise = false;
    for (let space = 0; space < procs; space++) {
      if (life[space] !== LIVE || inHand(state, space) || !isOpen(state, space)) continue;
      for (let place = space * pages; place < (space + 1) * pages; place++) {
        if (entry[place] !== 0) continue;
        premise = true;
        if (reference[place] === 0) continue;
        const page = pageWord(state, place);
        return {
          rule: 8,
          required: `${page} reads ${reference[place]}`,
          found: 'it has no entry and will read 0',
          because: `what was stored to ${page} is lost: its entry is gone and nobody is about to put one there.`,
        };
      }
    }
    return premise ? 'held' : 'idle';
  },
};

/** The zero frame is everybody's and never changes. */
export const zeroFrameUnchanged: InterleavedLaw = {
  id: 'contents.zero-frame-unchanged',
  rule: 8,
  judge(state) {
    const { content, count, zero } = state;
    if (content[zero] !== 0)
      return {
        rule: 8,
        required: 'the zero frame z holds 0',
        found: `it holds ${valueWord(state, content[zero]!)}`,
        because: 'every page that was never touched, in every process, reads z.',
      };
    return count[zero]! > 1 ? 'held' : 'idle';
  },
};
