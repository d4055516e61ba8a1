// Sharing as the target itself tells it: the exclusive mark and the faults taken, for where frames cannot be seen.
import { INHERITED, type Invariant, type Moment, PRIVATE, SHARED } from '../../spec/law.ts';
import { FORKED, OK } from '../../spec/reply.ts';
import { nameOf } from '../../spec/tape.ts';
import { EXCLUSIVE, PRESENT } from '../../spec/transcript.ts';
import { pageName } from '../words.ts';

/** Bits of `page` of `process` as last shown; 0 if it is not present. */
function bitsOf(m: Moment, process: number, page: number): number {
  const space = m.after.spaceOf[process]!; // in range: the process exists
  const bits = space < 0 ? 0 : m.after.bits[space * m.reference.layout.pages + page]!;
  return (bits & PRESENT) === 0 ? 0 : bits;
}

/** First and last page of the range that the op names. */
function range(m: Moment): readonly [first: number, last: number] {
  const { words, at, reference } = m;
  const first = words[at + 2]!;
  return [first, first + (((words[at + 3]! + words[at + 4]! - 1) / reference.world.pageSize) | 0)];
}

/** Does fork share this page of its parent: it is neither pinned nor marked? */
function shares(m: Moment, entry: number): boolean {
  const { reference } = m;
  if (reference.inherit[entry] !== INHERITED) return false;
  return !reference.pinEntry.some((pinned, handle) => pinned === entry && reference.pinBlock[handle]! >= 0);
}

export const sharingInvariants: readonly Invariant[] = [
  {
    id: 'sharing.fork-shares-pages',
    rules: [27],
    replies: ['forked'],
    needs: ['exclusive'],
    ops: ['fork', 'clone'],
    judge(m) {
      if (m.reply !== FORKED) return 'idle';
      const { reference } = m;
      const { pages } = reference.layout;
      const space = reference.spaceOf[m.by]!;
      let judged: 'held' | 'idle' = 'idle';
      for (const process of [m.by, m.words[m.at + 2]!])
        for (let page = 0; page < pages; page++) {
          if (reference.kind[space * pages + page] !== PRIVATE || !shares(m, space * pages + page)) continue;
          const bits = bitsOf(m, process, page);
          if (bits === 0) continue;
          if ((bits & EXCLUSIVE) !== 0)
            return {
              rule: 27,
              required: `${nameOf(process)} shares ${pageName(m, page)} right after the fork`,
              found: 'the target holds it to be exclusive',
              because: `${nameOf(process)} has that page to itself although nobody wrote it: fork copied it, or the mark is wrong.`,
            };
          judged = 'held';
        }
      return judged;
    },
  },
  {
    id: 'sharing.writer-is-exclusive',
    rules: [29],
    replies: ['ok'],
    needs: ['exclusive'],
    ops: ['write', 'kwrite'],
    judge(m) {
      if (m.reply !== OK) return 'idle';
      const [first, last] = range(m);
      for (let page = first; page <= last; page++) {
        if (m.reference.kind[m.reference.spaceOf[m.by]! * m.reference.layout.pages + page]! >= SHARED)
          continue;
        const bits = bitsOf(m, m.by, page);
        if (bits !== 0 && (bits & EXCLUSIVE) !== 0) continue;
        return {
          rule: 29,
          required: `${nameOf(m.by)} has ${pageName(m, page)} to itself after writing it`,
          found: bits === 0 ? 'the page is not present' : 'the target holds it to be shared',
          because: `the store went to a frame that somebody else maps too.`,
        };
      }
      return 'held';
    },
  },
  {
    id: 'economy.one-fault-a-page',
    rules: [27],
    replies: ['ok'],
    needs: ['faults'],
    ops: ['write', 'kwrite'],
    judge(m) {
      const { faults } = m.after;
      if (m.reply !== OK || faults < 0) return 'idle';
      const [first, last] = range(m);
      const most = last - first + 1;
      if (faults <= most) return 'held';
      return {
        rule: 27,
        required: `at most ${most} fault${most === 1 ? '' : 's'}: one a page`,
        found: `${faults} faults`,
        because: 'the break left the page so that the same store faulted again.',
      };
    },
  },
];
