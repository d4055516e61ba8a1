// Why a read found the wrong bytes: looks back through the tape for the op that put them there.
import type { Evidence } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { OK, REAPED } from '../spec/reply.ts';
import type { RuleId } from '../spec/rule.ts';
import { addressOf, describeOp, STRIDE, type Tape, unpack } from '../spec/tape.ts';
import { REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';
import { fillByte } from '../spec/world.ts';

/** The rule that a store by another process breaks when it shows here. */
const LEAKED: Readonly<Record<number, RuleId>> = { [op.WRITE_OP]: 2, [op.KWRITE]: 13, [op.WAIT]: 15 };

/**
 * Evidence that `by` read wrong bytes at `page`, `offset`. Bytes: arrays; a digest: its hex text, which names no culprit.
 * `rule` is what is broken if no better reason is found. Called once per violation, so it may be slow.
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
    const stored = storedAt(tape, seen, i, at);
    if (stored !== found[first]) continue;
    const writer = tape.words[i * STRIDE + 1];
    const code = tape.words[i * STRIDE] ?? -1;
    const line = `${describeOp(unpack(tape, i))} (op ${i + 1})`;
    if (writer === by)
      return {
        rule: rule === 14 ? 14 : 2,
        ...texts,
        because: `${reader} sees what it wrote itself with ${line}, though that was overwritten or never its own.`,
      };
    return {
      rule: LEAKED[code] ?? rule,
      ...texts,
      because: `${tape.names[writer ?? -1] ?? '?'} stored this byte with ${line}; ${reader} has a memory of its own and must not see it at ${addressOf(page, offset + first, tape.world)}.`,
    };
  }
  const lost = lastStore(tape, seen, index, by, at, required[first] ?? 0);
  if (lost >= 0)
    return {
      rule: rule === 14 ? 14 : 2,
      ...texts,
      because: `what ${reader} stored with ${describeOp(unpack(tape, lost))} (op ${lost + 1}) is gone from ${where}.`,
    };
  return {
    rule: rule === 14 ? 14 : 1,
    ...texts,
    because: `${reader} sees a byte at ${addressOf(page, offset + first, tape.world)} that no op stored there.`,
  };
}

/** The byte op `i` stored at linear address `at`, or -1. */
function storedAt(tape: Tape, seen: Transcript, i: number, at: number): number {
  const w = i * STRIDE;
  const { words } = tape;
  const code = words[w] ?? -1;
  const kind = seen.replies[i * REPLY_STRIDE];
  const start = (words[w + 2] ?? 0) * tape.world.pageSize + (words[w + 3] ?? 0);
  if (code === op.WRITE_OP || code === op.KWRITE) {
    if (kind !== OK || at < start || at >= start + (words[w + 4] ?? 0)) return -1;
    return fillByte(words[w + 5] ?? 0, at - start);
  }
  if (code === op.WAIT && kind === REAPED && (words[w + 2] ?? -1) >= 0 && at >= start && at < start + 4) {
    const ended = seen.replies[i * REPLY_STRIDE + 2] ?? 0;
    return fillByte(ended << 8, at - start);
  }
  return -1;
}

function lastStore(
  tape: Tape,
  seen: Transcript,
  index: number,
  by: number,
  at: number,
  byte: number,
): number {
  for (let i = index - 1; i >= 0; i--)
    if (tape.words[i * STRIDE + 1] === by && storedAt(tape, seen, i, at) === byte) return i;
  return -1;
}

function textOf(bytes: Uint8Array | string): string {
  return typeof bytes === 'string'
    ? `digest ${bytes}`
    : Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}
