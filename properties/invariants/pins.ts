// Pins: a device and the process that lent it a page see one page, nobody else's stores show there, and nothing is lost.
import { type Evidence, type Invariant, type Moment, SHARED } from '../../spec/law.ts';
import { MOST_PINS, PIN_READ } from '../../spec/op.ts';
import { FORKED, OK } from '../../spec/reply.ts';
import type { RuleId } from '../../spec/rule.ts';
import { handleOf, nameOf } from '../../spec/tape.ts';
import { fillByte } from '../../spec/world.ts';
import { holders, pageName, wrongPage } from '../words.ts';

/** The process in whose memory pin `handle` was made, while it lives; -1 otherwise. */
function ownerOf(m: Moment, handle: number): number {
  const { reference } = m;
  return reference.spaceOf.indexOf(Math.floor(reference.pinEntry[handle]! / reference.layout.pages));
}

/** The frame that the page of pin `handle` is in for its own process; -1 where that has no such page any more. */
function ownFrame(m: Moment, handle: number): number {
  if (!m.reference.pinOwned(handle)) return -1;
  const owner = ownerOf(m, handle);
  const space = owner < 0 ? -1 : m.after.spaceOf[owner]!;
  const { pages } = m.reference.layout;
  return space < 0 ? -1 : m.after.frame[space * pages + (m.reference.pinEntry[handle]! % pages)]!;
}

/** Judges every pin in use; idle if there is none that `about` has something to say of. */
function everyPin(
  m: Moment,
  about: (handle: number) => Evidence | 'held' | 'idle',
): Evidence | 'held' | 'idle' {
  let judged: 'held' | 'idle' = 'idle';
  for (let handle = 0; handle < MOST_PINS; handle++) {
    if (m.reference.pinBlock[handle]! < 0) continue;
    const judgement = about(handle);
    if (typeof judgement === 'object') return judgement;
    if (judgement === 'held') judged = 'held';
  }
  return judged;
}

/** Must device and process have one page: not where read pins share on, nor for a page that was freed lazily. */
function stays(m: Moment, handle: number): boolean {
  const shares = m.dialect.readPin === 'shares' && m.reference.pinAccess[handle] === PIN_READ;
  return !shares && !m.reference.pinUnsettled(handle);
}

function released(m: Moment, rule: RuleId, frame: number, because: string): Evidence {
  const { after } = m;
  const holding = after.mapped[frame]! + after.held[frame]!;
  return {
    rule,
    required: `frame ${frame} counted ${holding}${holding === 0 ? ' and free' : ' and in use'}`,
    found: `counted ${after.count[frame]}${after.free[frame] === 1 ? ' and free' : ''}`,
    because,
  };
}

/** First byte of the page of pin `handle` that its frame does not hold; -1: it holds them all. */
function wrongByte(m: Moment, handle: number): number {
  const { bytes, world } = m.reference;
  const from = m.reference.pinBlock[handle]! * world.pageSize;
  const to = m.after.pinFrame[handle]! * world.pageSize;
  for (let i = 0; i < world.pageSize; i++)
    if (bytes[from + i] !== fillByte(m.after.contents[(to + i) >> 2]!, to + i)) return i;
  return -1;
}

export const pinInvariants: readonly Invariant[] = [
  {
    id: 'pins.frame-outlives-mapping',
    rules: [34],
    needs: ['frame', 'pins', 'count', 'free'],
    while: 'pinned',
    reachable: can => can.ops.includes('pin'),
    judge: m =>
      everyPin(m, handle => {
        const frame = m.after.pinFrame[handle]!;
        const name = handleOf(handle);
        if (frame < 0)
          return {
            rule: 34,
            required: `${name} refers to a frame`,
            found: 'to none',
            because: `${name} has not been given back, and the target has forgotten it.`,
          };
        const holding = m.after.mapped[frame]! + m.after.held[frame]!;
        if (m.after.free[frame] !== 1 && m.after.count[frame] === holding) return 'held';
        return released(
          m,
          34,
          frame,
          `the device still reaches frame ${frame} through ${name}, ${m.after.free[frame] === 1 ? 'yet it may be handed out to somebody else' : 'and its count does not say so'}.`,
        );
      }),
  },
  {
    id: 'pins.unpin-releases-once',
    rules: [34],
    replies: ['ok'],
    needs: ['frame', 'pins', 'count', 'free'],
    ops: ['unpin'],
    judge(m) {
      if (m.reply !== OK) return 'idle';
      if (m.facts.miscounted < 0) return 'held';
      const frame = m.after.frames[m.facts.miscounted]!;
      return released(
        m,
        34,
        frame,
        `${handleOf(m.words[m.at + 1]!)} was given back, and its reference to frame ${frame}, now held by ${holders(m, frame)}, was not given back exactly once.`,
      );
    },
  },
  {
    id: 'pins.fork-copies',
    rules: [32],
    replies: ['forked'],
    needs: ['frame', 'pins'],
    ops: ['fork', 'clone', 'vfork'],
    while: 'pinned',
    reachable: can => can.ops.includes('pin'),
    judge: m =>
      everyPin(m, handle => {
        const { after, reference } = m;
        const entry = reference.pinEntry[handle]!;
        const page = entry % reference.layout.pages;
        if (m.reply !== FORKED || ownerOf(m, handle) !== m.by || !reference.pinOwned(handle)) return 'idle';
        if (
          reference.pinAccess[handle] === PIN_READ ||
          after.spaceOf[m.words[m.at + 2]!] === after.spaceOf[m.by]
        )
          return 'idle';
        if (reference.kind[entry]! >= SHARED) return 'idle';
        const child = m.words[m.at + 2]!;
        const frame = after.frame[after.spaceOf[child]! * reference.layout.pages + page]!;
        if (frame < 0 || frame !== after.pinFrame[handle]) return 'held';
        return {
          rule: 32,
          required: `${nameOf(child)} has a frame of its own at ${pageName(m, page)} at once`,
          found: `it shares frame ${frame}, which is pinned`,
          because: `a device works on frame ${frame} through ${handleOf(handle)} of ${nameOf(m.by)}; shared, the next store of ${nameOf(m.by)} would part it from its device, or the device store into ${nameOf(child)}.`,
        };
      }),
  },
  {
    id: 'pins.read-pin-owns',
    rules: [33],
    replies: ['ok'],
    needs: ['frame', 'pins'],
    ops: ['pin'],
    reachable: can => can.ops.includes('pin') && can.dialect.readPin === 'unshares',
    judge(m) {
      const { after, reference, words, at } = m;
      if (m.reply !== OK || words[at + 4] !== PIN_READ || m.dialect.readPin !== 'unshares') return 'idle';
      const handle = words[at + 5]!;
      const frame = after.pinFrame[handle]!;
      if (reference.kind[reference.pinEntry[handle]!]! >= SHARED || frame < 0) return 'idle';
      if (after.mapped[frame] === 1 && after.held[frame] === after.pinned[frame]) return 'held';
      return {
        rule: 33,
        required: `the frame that ${nameOf(m.by)} lends to a device is its own`,
        found: `frame ${frame} is held by ${holders(m, frame)}${after.held[frame]! > after.pinned[frame]! ? ' and a cache' : ''}`,
        because: `others hold frame ${frame} too: after the next store the device reads what is no longer the page of ${nameOf(m.by)}.`,
      };
    },
  },
  {
    id: 'pins.owner-keeps-frame',
    rules: [30],
    needs: ['frame', 'pins'],
    while: 'pinned',
    reachable: can => can.ops.includes('pin'),
    judge: m =>
      everyPin(m, handle => {
        const frame = ownFrame(m, handle);
        if (frame < 0 || !stays(m, handle)) return 'idle';
        if (frame === m.after.pinFrame[handle]) return 'held';
        const owner = nameOf(ownerOf(m, handle));
        const page = pageName(m, m.reference.pinEntry[handle]! % m.reference.layout.pages);
        return {
          rule: 30,
          required: `${owner} and the device of ${handleOf(handle)} have one frame at ${page}`,
          found: `${owner} has frame ${frame}, the device ${m.after.pinFrame[handle]}`,
          because: `the ${m.op} moved ${owner} to another frame while a device worked on the old one: each will miss what the other stores.`,
        };
      }),
  },
  {
    id: 'pins.device-store-shows',
    rules: [30],
    replies: ['ok'],
    needs: ['frame', 'contents', 'pins'],
    ops: ['dma'],
    judge(m) {
      if (m.reply !== OK) return 'idle';
      if (m.wrongCount === 0) return 'held';
      const owner = ownerOf(m, m.words[m.at + 1]!);
      const [process = 0] = m.wrong;
      return process === owner
        ? wrongPage(m, 0, 30, `the device stored into the page of ${nameOf(owner)}, which does not see it.`)
        : wrongPage(
            m,
            0,
            31,
            `a device of another process stored, and the bytes of ${nameOf(process)} changed.`,
          );
    },
  },
  {
    id: 'pins.sees-no-other',
    rules: [31],
    needs: ['frame', 'contents', 'pins'],
    while: 'pinned',
    reachable: can => can.ops.includes('pin'),
    judge: m =>
      everyPin(m, handle => {
        const frame = m.after.pinFrame[handle]!;
        if (frame < 0 || !stays(m, handle)) return 'idle';
        const at = wrongByte(m, handle);
        if (at < 0) return 'held';
        const stored = m.by < 0 ? 'a device' : nameOf(m.by);
        return {
          rule: 31,
          required: `the device of ${handleOf(handle)} sees the page it was lent`,
          found: `byte ${at} of frame ${frame} is another`,
          because: `the ${m.op} of ${stored} changed frame ${frame}, held by ${holders(m, frame)}, under a device that must not see it.`,
        };
      }),
  },
];
