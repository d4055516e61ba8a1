// What must have happened for "held" to mean anything.
import { ALIVE, type Moment, type Witness } from '../spec/law.ts';
import { BYTES, DIGEST, FORKED, FOR_MEMORY, KILLED, OK, REAPED, REFUSED } from '../spec/reply.ts';
import { HUGE, LAZY, PRESENT, REFERS, SWAPPED, WRITABLE } from '../spec/transcript.ts';

/** Parent number of a child of init. */
const INIT = -1;

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

/** Did some entry change so: its bits before and after, and how many entries map what it refers to now? */
function changedEntry(m: Moment, how: (before: number, after: number, mapped: number) => boolean): boolean {
  const { after } = m;
  for (let i = 0; i < after.entryCount; i++) {
    const entry = after.entries[i]!;
    const frame = after.frame[entry]!;
    if (how(after.bitsBefore[i]!, after.bits[entry]!, frame < 0 ? 0 : after.mapped[frame]!)) return true;
  }
  return false;
}

/** Did the write give its page another frame than it had? */
function brokeShared(m: Moment): boolean {
  const i = brokenEntry(m);
  const before = i < 0 ? -1 : (m.after.entriesBefore[i] ?? -1);
  return before >= 0 && before !== m.after.frame[m.after.entries[i] ?? 0];
}

export const WITNESSES: readonly Witness[] = [
  {
    id: 'a fork shared a frame',
    needs: ['frame'],
    ops: ['fork'],
    essential: true,
    at: ['fork', 'clone'],
    replies: ['forked'],
    seenIn: m => m.reply === FORKED && m.facts.mostMappings >= 2,
  },
  {
    id: 'a write broke a shared page',
    needs: ['frame'],
    ops: ['fork', 'write'],
    essential: true,
    at: ['write'],
    replies: ['ok'],
    bits: REFERS,
    seenIn: brokeShared,
  },
  {
    id: 'a kernel write broke a shared page',
    needs: ['frame'],
    ops: ['fork', 'kwrite'],
    essential: false,
    at: ['kwrite'],
    replies: ['ok'],
    bits: REFERS,
    seenIn: brokeShared,
  },
  {
    id: 'a last holder wrote its frame in place',
    needs: ['frame', 'writable'],
    ops: ['fork', 'write'],
    essential: false,
    at: ['write', 'kwrite'],
    replies: ['ok'],
    kept: WRITABLE,
    seenIn: m => {
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
    at: ['fork', 'clone', 'vfork'],
    replies: ['forked'],
    seenIn: m => m.reply === FORKED && m.facts.mostUnheldMappings >= 3,
  },
  {
    id: 'a process wrote while it had relatives',
    needs: [],
    ops: ['fork', 'write'],
    essential: true,
    at: ['write'],
    replies: ['ok'],
    seenIn: m => m.reply === OK && m.reference.processes >= 2,
  },
  {
    id: 'a relative read after that',
    needs: [],
    ops: ['fork', 'write', 'read'],
    essential: true,
    at: ['read'],
    replies: ['bytes', 'digest'],
    seenIn: m => (m.reply === BYTES || m.reply === DIGEST) && m.reference.processes >= 2,
  },
  {
    id: 'an orphan went to init',
    needs: [],
    ops: ['fork', 'exit'],
    essential: false,
    at: ['exit', 'kill'],
    replies: ['ok'],
    seenIn(m) {
      if (m.reply !== OK) return false;
      const { parent, state } = m.reference;
      for (let p = 1; p < state.length; p++) if (parent[p] === INIT && state[p] === ALIVE) return true;
      return false;
    },
  },
  {
    id: 'a zombie was waited for',
    needs: [],
    ops: ['fork', 'exit', 'wait'],
    essential: false,
    at: ['wait'],
    replies: ['reaped'],
    seenIn: m => m.reply === REAPED,
  },
  {
    id: 'a page came back from its slot',
    needs: ['frame'],
    ops: ['swapout'],
    essential: false,
    replies: ['ok', 'bytes', 'digest'],
    bits: SWAPPED,
    seenIn: m => changedEntry(m, (before, after) => (before & SWAPPED) !== 0 && (after & PRESENT) !== 0),
  },
  {
    id: 'two processes held one slot',
    needs: ['frame'],
    ops: ['swapout', 'fork'],
    essential: false,
    at: ['swapout', 'fork'],
    bits: SWAPPED,
    seenIn: m => changedEntry(m, (_, after, mapped) => (after & SWAPPED) !== 0 && mapped > 1),
  },
  {
    id: 'two pages were merged',
    needs: ['frame'],
    ops: ['merge'],
    essential: false,
    at: ['merge'],
    replies: ['ok'],
    seenIn: m => m.after.entryCount > 0,
  },
  {
    id: 'a merged page was parted',
    needs: ['frame'],
    ops: ['unmerge'],
    essential: false,
    at: ['unmerge'],
    replies: ['ok'],
    seenIn: m => m.after.entryCount > 0,
  },
  {
    id: 'a huge page was broken',
    needs: ['frame'],
    ops: ['collapse', 'write'],
    essential: false,
    at: ['write', 'kwrite'],
    replies: ['ok'],
    bits: HUGE,
    seenIn: m => changedEntry(m, (before, after) => (before & ~after & HUGE) !== 0),
  },
  {
    id: 'a freed page was taken',
    needs: ['frame'],
    ops: ['madvise', 'swapout'],
    essential: false,
    at: ['swapout'],
    replies: ['ok'],
    bits: LAZY,
    seenIn: m => changedEntry(m, (before, after) => (before & LAZY) !== 0 && (after & REFERS) === 0),
  },
  {
    id: 'a fork copied a pinned page',
    needs: ['frame', 'pins'],
    ops: ['fork', 'pin'],
    essential: false,
    at: ['fork', 'clone'],
    replies: ['forked'],
    while: 'pinned',
    seenIn: m => m.facts.fresh > 0 && m.after.pinCount > 0,
  },
  {
    id: 'a pin outlived its process',
    needs: ['pins'],
    ops: ['pin', 'exit'],
    essential: false,
    at: ['exit', 'kill'],
    replies: ['ok'],
    while: 'pinned',
    seenIn: m => m.after.pinCount > 0,
  },
  {
    id: 'an op failed for want of memory',
    needs: [],
    ops: ['failalloc'],
    essential: false,
    replies: ['refused', 'killed'],
    seenIn: m => (m.reply === REFUSED || m.reply === KILLED) && m.a === FOR_MEMORY,
  },
];
