// Frames: counted exactly, never writable while shared, all back in the end.
import { ALIVE, type Invariant } from '../../spec/law.ts';
import { nameOf } from '../../spec/tape.ts';
import { FORKED } from '../../spec/reply.ts';
import { frameName, holders } from '../words.ts';

export const frameInvariants: readonly Invariant[] = [
  {
    id: 'frames.shared-is-read-only',
    quiet: 'held',
    premise: 'shared',
    rules: [29],
    needs: ['frame', 'writable'],
    judge(m) {
      const { after, facts } = m;
      if (facts.sharedWritable < 0) return facts.shared > 0 ? 'held' : 'idle';
      const frame = after.frames[facts.sharedWritable]!;
      const holding = after.mapped[frame]! + Math.max(0, after.held[frame]!);
      return {
        rule: 29,
        required: `frame ${frame} has ${holding} holders: no entry may be writable`,
        found: `${after.writers[frame]} writable`,
        because: `frame ${frame} is held by ${holders(m, frame)} since the ${m.op}, and a store through the writable entry will show in all of them without a fault.`,
      };
    },
  },
  {
    id: 'frames.count-equals-holders',
    quiet: 'held',
    premise: 'changed',
    rules: [25],
    needs: ['frame', 'count'],
    judge(m) {
      const { after, facts } = m;
      if (facts.miscounted < 0) return after.frameCount > 0 ? 'held' : 'idle';
      const frame = after.frames[facts.miscounted]!;
      const count = after.count[frame]!;
      const holding = after.mapped[frame]! + after.held[frame]!;
      if (count !== holding)
        return {
          rule: 25,
          required: `frame ${frame} counted ${holding}`,
          found: `counted ${count}`,
          because:
            count > holding
              ? `the ${m.op} left ${frameName(m, frame)} held by ${holders(m, frame)} and counted ${count}: a reference was taken or kept that nobody has, so it will never be free.`
              : `the ${m.op} left ${frameName(m, frame)} held by ${holders(m, frame)} and counted ${count}: one of them can free it while others still use it.`,
        };
      return {
        rule: 25,
        required: holding === 0 ? `frame ${frame} is free` : `frame ${frame} is in use`,
        found: holding === 0 ? 'it is not on the free list' : 'it is on the free list',
        because:
          holding === 0
            ? `nobody holds ${frameName(m, frame)} since the ${m.op}, yet it was not given back.`
            : `${frameName(m, frame)} is held by ${holders(m, frame)}, yet since the ${m.op} it may be handed out again.`,
      };
    },
  },
  {
    id: 'frames.ended-hold-none',
    quiet: 'held',
    premise: 'gone',
    concerns: (_, dialect) => dialect.releaseAt === 'exit',
    reachable: can => can.dialect.releaseAt === 'exit',
    rules: [26],
    replies: { exit: ['ok'], kill: ['ok'], write: ['killed'], read: ['killed'], kwrite: ['killed'] },
    needs: ['frame'],
    ops: ['exit', 'kill', 'write', 'read', 'kwrite'],
    judge(m) {
      const ended = m.op === 'kill' ? m.words[m.at + 2]! : m.by;
      if (m.reference.state[ended] === ALIVE) return 'idle';
      if (m.after.spaceOf[ended]! < 0) return 'held';
      return {
        rule: 26,
        required: `${nameOf(ended)} has ended and holds no memory`,
        found: 'it still has an address space',
        because: `the pages of ${nameOf(ended)} are of use to nobody, and stay in use until somebody waits for it.`,
      };
    },
  },
  {
    id: 'frames.all-back',
    drained: true,
    rules: [26],
    needs: ['totals'],
    judge(m) {
      if (!m.drained) return 'idle';
      const { used, tables } = m.after;
      if (used <= 0 && tables <= 0) return 'held';
      return {
        rule: 26,
        required: 'no frame in use after the last process is gone',
        found: `${used} data frames and ${tables} table frames`,
        because:
          'every process has ended and been waited for, yet frames are still in use: they have leaked.',
      };
    },
  },
  {
    id: 'vfork.one-memory',
    reachable: can => can.dialect.vfork === 'borrows',
    rules: [18],
    replies: ['forked'],
    needs: ['frame'],
    ops: ['vfork'],
    judge(m) {
      if (m.reply !== FORKED || m.dialect.vfork !== 'borrows') return 'idle';
      const child = m.words[m.at + 2]!;
      if (m.after.spaceOf[child] === m.after.spaceOf[m.by]) return 'held';
      return {
        rule: 18,
        required: `${nameOf(child)} and ${nameOf(m.by)} use one address space`,
        found: 'they have two',
        because: `after vfork ${nameOf(child)} must see and change the memory of ${nameOf(m.by)} itself.`,
      };
    },
  },
];
