// A page that a device was given stays its owner's: fork does not share it, and its frame does not change.
import { frameOf, frameWord, LIVE, pageWord, WRITABLE } from '../../spec/interleaving.ts';
import { inHand, type InterleavedLaw } from './law.ts';

export const pinnedIsOwned: InterleavedLaw = {
  id: 'pins.pinned-is-owned',
  rule: 32,
  judge(state) {
    const { pinned, entry, life } = state;
    const { pages } = state.scope;
    let premise = false;
    for (let place = 0; place < pinned.length; place++) {
      const space = Math.trunc(place / pages);
      if (pinned[place] === 0 || life[space] !== LIVE || inHand(state, space)) continue;
      premise = true;
      const frame = pinned[place]! - 1;
      const now = entry[place]!;
      if (frameOf(now) === frame && (now & WRITABLE) !== 0) continue;
      const page = pageWord(state, place);
      const word = frameWord(state, frame);
      return {
        rule: 32,
        required: `${page} is ${word}, which a device was given, and writable`,
        found:
          now === 0
            ? 'its entry is absent'
            : `its entry maps ${frameWord(state, frameOf(now))}${(now & WRITABLE) === 0 ? ' read-only' : ''}`,
        because: `the next store to ${page} gets another frame, and the device goes on with ${word}.`,
      };
    }
    return premise ? 'held' : 'idle';
  },
};
