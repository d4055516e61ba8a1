// What copy-on-write is for: nothing is copied that need not be, and never more frames than eager copying.
import type { Evidence, Invariant, Moment } from '../../spec/law.ts';
import { FORKED, OK } from '../../spec/reply.ts';
import { nameOf } from '../../spec/tape.ts';
import { pageName } from '../words.ts';

/** Frames that are mapped now and were not before this op. */
function fresh(m: Moment): number {
  const { after } = m;
  let count = 0;
  for (let i = 0; i < after.frameCount; i++)
    if (after.mappedBefore[i] === 0 && after.mapped[after.frames[i]!]! > 0) count++;
  return count;
}

function copied(required: string, found: number, because: string): Evidence {
  return { rule: 27, required, found: `${found} new frame${found === 1 ? '' : 's'}`, because };
}

/** How many new frames a store to `length` bytes may cost: one a page, none where the writer was the only holder. */
function allowed(m: Moment, length: number): readonly [frames: number, ownPage: number] {
  const { after, reference, words, at } = m;
  const { pages } = reference.layout;
  const first = words[at + 2]!;
  const last = first + (((words[at + 3]! + length - 1) / reference.world.pageSize) | 0);
  const space = after.spaceOf[m.by]!;
  let frames = 0;
  let own = -1;
  for (let page = first; page <= last; page++) {
    const entry = space * pages + page;
    let before = -1;
    let holders = 0;
    for (let i = 0; i < after.entryCount; i++)
      if (after.entries[i] === entry) before = after.entriesBefore[i]!;
    for (let i = 0; i < after.frameCount; i++)
      if (after.frames[i] === before) holders = after.mappedBefore[i]! + Math.max(0, after.held[before]!);
    if (before >= 0 && holders === 1 && m.dialect.lastOwner === 'reuses') own = page;
    else frames++;
  }
  return [frames, own];
}

export const economyInvariants: readonly Invariant[] = [
  {
    id: 'economy.fork-copies-nothing',
    rules: [27],
    needs: ['frame'],
    ops: ['fork', 'clone', 'vfork'],
    judge(m) {
      if (m.reply !== FORKED) return 'idle';
      const frames = fresh(m);
      return frames === 0
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
    rules: [27, 14],
    needs: ['frame'],
    ops: ['read', 'kread'],
    judge(m) {
      const frames = fresh(m);
      return frames === 0
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
    rules: [27],
    needs: ['frame'],
    ops: ['write', 'kwrite'],
    judge(m) {
      if (m.reply !== OK) return 'idle';
      const frames = fresh(m);
      if (frames === 0) return 'held';
      const [most, own] = allowed(m, m.words[m.at + 4]!);
      if (frames <= most) return 'held';
      return copied(
        own >= 0
          ? `${nameOf(m.by)} was the only holder of ${pageName(m, own)} and writes it in place`
          : `at most ${most} new frame${most === 1 ? '' : 's'}`,
        frames,
        own >= 0
          ? 'the frame was copied although nobody shared it any more.'
          : 'the write copied more pages than it touched.',
      );
    },
  },
  {
    id: 'economy.within-eager',
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
        because: 'copy-on-write holds more frames than copying everything would: some are held for nobody.',
      };
    },
  },
];
