// Why a read found the wrong bytes: looks back through the tape for the op that put them there.
import type { Evidence } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { EXECUTED, FAULT, FORKED, OK, REAPED, REFUSED } from '../spec/reply.ts';
import type { RuleId } from '../spec/rule.ts';
import { addressOf, describeOp, layoutFor, STRIDE, type Tape, unpack } from '../spec/tape.ts';
import { REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';
import { fillByte } from '../spec/world.ts';

/** The rule that a store by another process breaks when it shows here. */
const LEAKED: Readonly<Record<number, RuleId>> = { [op.WRITE_OP]: 2, [op.KWRITE]: 13, [op.WAIT]: 15 };

/** The rule that is broken when the owner does not find there what was stored for it. */
const LOST: Readonly<Record<number, RuleId>> = { ...LEAKED, [op.VFORK]: 18 };

/**
 * Evidence that `by` read wrong bytes at `page`, `offset`. Bytes: arrays; a digest: its hex text, which names no culprit.
 * `rule` is what is broken if no better reason is found; `statusWord` what wait stores for an ending. Called once per
 * violation, so it may be slow.
 */
export function blame(
  tape: Tape,
  index: number,
  seen: Transcript,
  by: number,
  page: number,
  offset: number,
  required: Uint8Array | string,
  found: Uint8Array | string,
  rule: RuleId,
  statusWord: (ended: number) => number,
): Evidence {
  const where = addressOf(page, offset, tape.world);
  const reader = tape.names[by] ?? '?';
  const texts = { invariant: 'reply.bytes', required: textOf(required), found: textOf(found) };
  if (typeof required === 'string' || typeof found === 'string')
    return {
      rule,
      ...texts,
      because: `the bytes ${reader} sees at ${where} differ from those an eager copy would hold.`,
    };
  if (found.length !== required.length)
    return {
      rule,
      ...texts,
      because: `${required.length} bytes were asked for and ${found.length} came back.`,
    };
  const first = found.findIndex((byte, i) => byte !== required[i]);
  const at = page * tape.world.pageSize + offset + first;
  for (let i = index - 1; i >= 0; i--) {
    const stored = storedAt(tape, seen, i, at, statusWord);
    if (stored !== found[first]) continue;
    const writer = tape.words[i * STRIDE + 1];
    const code = tape.words[i * STRIDE] ?? -1;
    const line = `${describeOp(unpack(tape, i))} (op ${i + 1})`;
    if (writer === by)
      return {
        rule: rule === 14 ? 14 : (remapped(tape, seen, i, index, by, page) ?? LEAKED[code] ?? 2),
        ...texts,
        because: `${reader} sees what it wrote itself with ${line}, though that was ${refused(seen, i) ? 'refused' : 'overwritten or never its own'}.`,
      };
    return {
      rule: LEAKED[code] ?? rule,
      ...texts,
      because: `${tape.names[writer ?? -1] ?? '?'} stored this byte with ${line}; ${reader} has a memory of its own and must not see it at ${addressOf(page, offset + first, tape.world)}.`,
    };
  }
  const wroteHere = (writer: number, i: number): boolean =>
    writer === by || borrowed(tape, seen, i, by, writer);
  const lost = lastStore(tape, seen, index, at, required[first] ?? 0, statusWord, wroteHere);
  if (lost !== undefined) {
    const { store, writer } = lost;
    const code = writer === by ? (tape.words[store * STRIDE] ?? -1) : op.VFORK;
    return {
      rule: rule === 14 ? 14 : (LOST[code] ?? 2),
      ...texts,
      because: `what ${tape.names[writer] ?? '?'} stored with ${describeOp(unpack(tape, store))} (op ${store + 1}) is not at ${where}${writer === by ? '' : `, though it ran in the memory of ${reader}`}.`,
    };
  }
  return {
    rule: rule === 14 ? 14 : (remapped(tape, seen, 0, index, by, page) ?? 1),
    ...texts,
    because: `${reader} sees a byte at ${addressOf(page, offset + first, tape.world)} that no op stored there.`,
  };
}

/** The byte op `i` stored at linear address `at`, or -1. */
function storedAt(
  tape: Tape,
  seen: Transcript,
  i: number,
  at: number,
  statusWord: (ended: number) => number,
): number {
  const w = i * STRIDE;
  const { words } = tape;
  const code = words[w] ?? -1;
  const kind = seen.replies[i * REPLY_STRIDE];
  const start = (words[w + 2] ?? 0) * tape.world.pageSize + (words[w + 3] ?? 0);
  // A kernel write that failed may have stored more than it owned to.
  if ((code === op.WRITE_OP && kind === OK) || code === op.KWRITE)
    return at < start || at >= start + (words[w + 4] ?? 0) ? -1 : fillByte(words[w + 5] ?? 0, at - start);
  if (code === op.WAIT && kind === REAPED && (words[w + 2] ?? -1) >= 0 && at >= start && at < start + 4)
    return fillByte(statusWord(seen.replies[i * REPLY_STRIDE + 2] ?? 0), at - start);
  return -1;
}

/** The rule about what a page reads after the last op between `from` and `to` by which `by` discarded or mapped it. */
function remapped(
  tape: Tape,
  seen: Transcript,
  from: number,
  to: number,
  by: number,
  page: number,
): RuleId | undefined {
  for (let i = to - 1; i >= from; i--) {
    const w = i * STRIDE;
    const code = tape.words[w];
    const first = tape.words[w + 2] ?? 0;
    if (tape.words[w + 1] !== by || seen.replies[i * REPLY_STRIDE] !== OK) continue;
    if (code === op.SBRK && layoutFor(tape.world).segmentOf[page] === 'heap') return 8;
    if (page < first || page >= first + (tape.words[w + 4] ?? 0)) continue;
    if (code === op.MADVISE) return 19;
    if (code === op.MMAP) return 8;
  }
  return undefined;
}

function refused(seen: Transcript, i: number): boolean {
  const kind = seen.replies[i * REPLY_STRIDE];
  return kind === FAULT || kind === REFUSED;
}

/** The last op before `index` that stored `byte` at `at`, of the writers that `counts` takes at that op. */
function lastStore(
  tape: Tape,
  seen: Transcript,
  index: number,
  at: number,
  byte: number,
  statusWord: (ended: number) => number,
  counts: (writer: number, i: number) => boolean,
): { readonly store: number; readonly writer: number } | undefined {
  for (let i = index - 1; i >= 0; i--) {
    const writer = tape.words[i * STRIDE + 1] ?? -1;
    if (storedAt(tape, seen, i, at, statusWord) !== byte) continue;
    if (counts(writer, i)) return { store: i, writer };
  }
  return undefined;
}

/** Did `child` run in the memory of `by` at op `index`: was vfork the last that made it, and no exec since? */
function borrowed(tape: Tape, seen: Transcript, index: number, by: number, child: number): boolean {
  for (let i = index - 1; i >= 0; i--) {
    const [code, actor, name] = tape.words.subarray(i * STRIDE, i * STRIDE + 3);
    const kind = seen.replies[i * REPLY_STRIDE];
    if (code === op.EXEC && actor === child && kind === EXECUTED) return false;
    if (kind === FORKED && name === child) return code === op.VFORK && actor === by;
  }
  return false;
}

/** Who but `by` stored `byte` at an offset of `page` in its own memory before op `index`; undefined: nobody. */
export function foreignStore(
  tape: Tape,
  index: number,
  seen: Transcript,
  page: number,
  offset: number,
  byte: number,
  by: number,
): number | undefined {
  const at = page * tape.world.pageSize + offset;
  const noStatus = (): number => -1;
  return lastStore(tape, seen, index, at, byte, noStatus, writer => writer !== by)?.writer;
}

export function textOf(bytes: Uint8Array | string): string {
  return typeof bytes === 'string'
    ? `digest ${bytes}`
    : Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}
