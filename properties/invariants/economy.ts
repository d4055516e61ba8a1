// What copy-on-write is for: nothing is copied that need not be, and never more frames than eager copying.
import type { Evidence, Invariant, Moment } from '../../spec/law.ts';
import { FORKED, OK } from '../../spec/reply.ts';
import { SWAPPED } from '../../spec/transcript.ts';
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
  const held = Math.max(0, after.held[before]!) - after.pinned[before]!;
  for (let i = 0; i < after.frameCount; i++)
    if (after.frames[i] === before) return after.mappedBefore[i]! + held === 1;
  return false;
}

/** Pages that this fork had to copy at once: those that are pinned, and those whose frame can count no further holder. */
function unshareable(m: Moment): number {
  const { after, reference } = m;
  const { pages } = reference.layout;
  const { countBits } = reference.world;
  const most = countBits === undefined ? Number.POSITIVE_INFINITY : 2 ** countBits - 1;
  const first = after.spaceOf[m.by]! * pages;
  let copies = 0;
  for (let entry = first; entry < first + pages; entry++) {
    const frame = after.frame[entry]!;
    if (frame >= 0 && (after.pinned[frame]! > 0 || after.count[frame]! >= most)) copies++;
  }
  return copies;
}

/** Pages of the op's own process that were in a swap slot before it, and so had to be brought back. */
function broughtBack(m: Moment): number {
  const { after } = m;
  const space = after.spaceOf[m.by]!;
  let pages = 0;
  for (let i = 0; i < after.entryCount; i++)
    if ((after.bitsBefore[i]! & SWAPPED) !== 0 && after.spaceAt[after.entries[i]!] === space) pages++;
  return pages;
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
            `${nameOf(m.words[m.at + 2]!)} has frames of its own right after the fork: pages were copied before anyone wrote.`,
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
      const frames = m.facts.fresh - broughtBack(m);
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
      const frames = m.facts.fresh;
      if (frames === 0) return 'held';
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
      if (used <= m.reference.frames) return 'held';
      return {
        rule: 28,
        required: `at most ${m.reference.frames} data frames in use, as eager copying`,
        found: `${used}`,
        because: `since the ${m.op} copy-on-write holds more frames than copying everything would: some are held for nobody.`,
      };
    },
  },
];
