// What must have happened for "held" to mean anything.
import type { Moment, Witness } from '../spec/law.ts';
import { BYTES, DIGEST, FORKED, FOR_MEMORY, KILLED, OK, REAPED, REFUSED } from '../spec/reply.ts';
import { WRITABLE } from '../spec/transcript.ts';

/** The changed entry of the page that a write names: index into the changed lists, or -1. */
function brokenEntry(m: Moment): number {
  if (m.reply !== OK) return -1;
  const { after } = m;
  const space = after.spaceOf[m.by] ?? -1;
  if (space < 0) return -1;
  const entry = space * m.reference.layout.pages + (m.words[m.at + 2] ?? 0);
  for (let i = 0; i < after.entryCount; i++) if (after.entries[i] === entry) return i;
  return -1;
}

const isWrite = (m: Moment): boolean => m.op === 'write' || m.op === 'kwrite';

export const WITNESSES: readonly Witness[] = [
  {
    id: 'a fork shared a frame',
    needs: ['frame'],
    ops: ['fork'],
    essential: true,
    seenIn: m => {
      if (m.reply !== FORKED || m.op === 'vfork') return false;
      const { after } = m;
      for (let i = 0; i < after.frameCount; i++)
        if ((after.mapped[after.frames[i] ?? 0] ?? 0) >= 2) return true;
      return false;
    },
  },
  {
    id: 'a write broke a shared page',
    needs: ['frame'],
    ops: ['fork', 'write'],
    essential: true,
    seenIn: m => {
      if (m.op !== 'write') return false;
      const i = brokenEntry(m);
      return (
        i >= 0 &&
        (m.after.entriesBefore[i] ?? -1) >= 0 &&
        m.after.entriesBefore[i] !== m.after.frame[m.after.entries[i] ?? 0]
      );
    },
  },
  {
    id: 'a kernel write broke a shared page',
    needs: ['frame'],
    ops: ['fork', 'kwrite'],
    essential: false,
    seenIn: m => {
      if (m.op !== 'kwrite') return false;
      const i = brokenEntry(m);
      return (
        i >= 0 &&
        (m.after.entriesBefore[i] ?? -1) >= 0 &&
        m.after.entriesBefore[i] !== m.after.frame[m.after.entries[i] ?? 0]
      );
    },
  },
  {
    id: 'a last holder wrote its frame in place',
    needs: ['frame', 'writable'],
    ops: ['fork', 'write'],
    essential: false,
    seenIn: m => {
      if (!isWrite(m)) return false;
      const i = brokenEntry(m);
      if (i < 0) return false;
      const entry = m.after.entries[i] ?? 0;
      return (
        m.after.entriesBefore[i] === m.after.frame[entry] &&
        ((m.after.bitsBefore[i] ?? 0) & WRITABLE) === 0 &&
        ((m.after.bits[entry] ?? 0) & WRITABLE) !== 0
      );
    },
  },
  {
    id: 'three processes shared a frame',
    needs: ['frame'],
    ops: ['fork'],
    essential: false,
    seenIn: m => {
      if (m.reply !== FORKED) return false;
      const { after } = m;
      for (let i = 0; i < after.frameCount; i++) {
        const frame = after.frames[i] ?? 0;
        if ((after.held[frame] ?? 0) <= 0 && (after.mapped[frame] ?? 0) >= 3) return true;
      }
      return false;
    },
  },
  {
    id: 'a process wrote while it had relatives',
    needs: [],
    ops: ['fork', 'write'],
    essential: true,
    seenIn: m => m.op === 'write' && m.reply === OK && m.reference.processes >= 2,
  },
  {
    id: 'a relative read after that',
    needs: [],
    ops: ['fork', 'write', 'read'],
    essential: true,
    seenIn: m => m.op === 'read' && (m.reply === BYTES || m.reply === DIGEST) && m.reference.processes >= 2,
  },
  {
    id: 'an orphan went to init',
    needs: [],
    ops: ['fork', 'exit'],
    essential: false,
    seenIn: m =>
      (m.op === 'exit' || m.op === 'kill') &&
      m.reply === OK &&
      m.reference.parent.some((parent, p) => parent === -1 && p > 0 && m.reference.state[p] === 1),
  },
  {
    id: 'a zombie was waited for',
    needs: [],
    ops: ['fork', 'exit', 'wait'],
    essential: false,
    seenIn: m => m.op === 'wait' && m.reply === REAPED,
  },
  {
    id: 'an op failed for want of memory',
    needs: [],
    ops: ['failalloc'],
    essential: false,
    seenIn: m => (m.reply === REFUSED || m.reply === KILLED) && m.a === FOR_MEMORY,
  },
];
