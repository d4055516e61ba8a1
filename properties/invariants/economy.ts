// What copy-on-write is for: nothing is copied that need not be, and never more frames than eager copying.
import { type Evidence, INHERITED, type Invariant, type Moment, SHARED, WIPED } from '../../spec/law.ts';
import { FORKED, OK } from '../../spec/reply.ts';
import { REFERS, SWAPPED } from '../../spec/transcript.ts';
import { nameOf } from '../../spec/tape.ts';
import { pageName } from '../words.ts';

function copied(required: string, found: number, because: string): Evidence {
  return { rule: 27, required, found: `${found} new frame${found === 1 ? '' : 's'}`, because };
}

/** Was the writer the only holder of `page` before this op, so that it must write it in place? */
function reuses(m: Moment, page: number): boolean {
  const { after } = m;
  if (m.dialect.lastOwner !== 'reuses') return false;
  const entry = after.spaceOf[m.by]! * m.reference.layout.pages + page;
  let before = -1;
  for (let i = 0; i < after.entryCount; i++)
    if (after.entries[i] === entry && (after.bitsBefore[i]! & SWAPPED) === 0)
      before = after.entriesBefore[i]!;
  if (before < 0) return false;
  const pins = m.dialect.readPin === 'shares' ? 0 : after.pinned[before]!;
  const held = Math.max(0, after.held[before]!) - pins;
  for (let i = 0; i < after.frameCount; i++)
    if (after.frames[i] === before) return after.mappedBefore[i]! + held === 1;
  return false;
}

/**
 * Frames that this fork may have had to allocate at once: for pages that are pinned, or wiped in the child, and for those
 * whose frame could count no further holder.
 */
function unshareable(m: Moment): number {
  const { after, reference } = m;
  const { pages } = reference.layout;
  const { countBits } = reference.world;
  const most = countBits === undefined ? Number.POSITIVE_INFINITY : 2 ** countBits - 1;
  const first = after.spaceOf[m.by]! * pages;
  const own = reference.spaceOf[m.by]! * pages;
  let copies = 0;
  for (let page = 0; page < pages; page++) {
    if (reference.kind[own + page]! >= SHARED) continue;
    const mark = reference.inherit[own + page]!;
    const frame = after.frame[first + page]!;
    const full = frame >= 0 && (after.pinned[frame]! > 0 || after.count[frame]! >= most);
    if (mark === WIPED || (mark === INHERITED && full)) copies++;
  }
  return copies;
}

/**
 * New frames that are no copies: for pages brought back from slots, for shared ones that somebody touched first, and for
 * untouched ones where a load takes a frame too.
 */
function brought(m: Moment): number {
  const { after, reference } = m;
  const { pages } = reference.layout;
  const frames = new Set<number>();
  for (let i = 0; i < after.entryCount; i++) {
    const entry = after.entries[i]!;
    const process = after.processOf[after.spaceAt[entry]!]!;
    const space = process < 0 ? -1 : reference.spaceOf[process]!;
    const shared = space >= 0 && reference.kind[space * pages + after.pageAt[entry]!]! >= SHARED;
    const absent = (after.bitsBefore[i]! & REFERS) === 0;
    const touched = shared || m.dialect.zeroPages === 'on-load';
    if ((after.bitsBefore[i]! & SWAPPED) !== 0 || (touched && absent)) frames.add(after.frame[entry]!);
  }
  return frames.size;
}

/** The last page that a store to `length` bytes reaches. */
function lastPage(m: Moment, length: number): number {
  const { words, at } = m;
  return words[at + 2]! + (((words[at + 3]! + length - 1) / m.reference.world.pageSize) | 0);
}

export const economyInvariants: readonly Invariant[] = [
  {
    id: 'economy.fork-copies-nothing',
    quiet: 'held',
    premise: 'thrifty',
    rules: [27],
    replies: ['forked'],
    needs: ['frame'],
    ops: ['fork', 'clone', 'vfork'],
    judge(m) {
      if (m.reply !== FORKED) return 'idle';
      const frames = m.facts.fresh - unshareable(m);
      return frames <= 0
        ? 'held'
        : copied(
            'fork shares every page',
            frames,
            `the fork of ${nameOf(m.words[m.at + 2]!)} took data frames, before anyone wrote.`,
          );
    },
  },
  {
    id: 'economy.read-copies-nothing',
    quiet: 'held',
    premise: 'thrifty',
    rules: [27, 14],
    needs: ['frame'],
    ops: ['read', 'kread'],
    judge(m) {
      const frames = m.facts.fresh - brought(m);
      return frames <= 0
        ? 'held'
        : copied(
            'a read allocates nothing',
            frames,
            `${nameOf(m.by)} only read, and was given a frame of its own.`,
          );
    },
  },
  {
    id: 'economy.write-copies-one',
    quiet: 'held',
    premise: 'thrifty',
    rules: [27],
    replies: ['ok'],
    needs: ['frame'],
    ops: ['write', 'kwrite'],
    judge(m) {
      if (m.reply !== OK) return 'idle';
      const frames = m.facts.fresh - brought(m);
      if (frames <= 0) return 'held';
      const last = lastPage(m, m.words[m.at + 4]!);
      let most = 0;
      let own = -1;
      for (let page = m.words[m.at + 2]!; page <= last; page++)
        if (reuses(m, page)) own = page;
        else most++;
      if (frames <= most) return 'held';
      return copied(
        own >= 0
          ? `${nameOf(m.by)} was the only holder of ${pageName(m, own)} and writes it in place`
          : `at most ${most} new frame${most === 1 ? '' : 's'}`,
        frames,
        own >= 0
          ? `nobody else held the frame of ${nameOf(m.by)} any more, and the ${m.op} copied it all the same.`
          : `the ${m.op} of ${nameOf(m.by)} stored to ${most === 1 ? 'one page' : `${most} pages`} and was given frames for ${frames}.`,
      );
    },
  },
  {
    id: 'economy.within-eager',
    quiet: 'held',
    premise: 'totalled',
    rules: [28],
    needs: ['totals'],
    judge(m) {
      const { used } = m.after;
      if (used < 0) return 'idle';
      const most = m.reference.frames + m.reference.strayPins(m.dialect.readPin === 'shares');
      if (used <= most) return 'held';
      return {
        rule: 28,
        required: `at most ${most} data frames in use, as eager copying`,
        found: `${used}`,
        because: `since the ${m.op} copy-on-write holds more frames than copying everything would: some are held for nobody.`,
      };
    },
  },
];
