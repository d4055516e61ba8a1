// A run op by op: what was done and what was answered.
import { ENDED_KILLED, REPLY_NAMES } from '../spec/reply.ts';
import * as reply from '../spec/reply.ts';
import { describeOp, type Tape, unpack } from '../spec/tape.ts';
import { INJECTED, REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';

const REASONS = ['memory', 'processes', 'missing', 'access', 'range'];

/** One line an op: `3  read B data+0 length 1  bytes 09`. */
export function describeReplies(tape: Tape, seen: Transcript): readonly string[] {
  return Array.from({ length: tape.length }, (_, i) => {
    const line = `${String(i + 1).padStart(5)}  ${describeOp(unpack(tape, i)).padEnd(44)}`;
    return i < seen.count ? `${line}  ${answer(tape, seen, i)}` : `${line}  (not answered)`;
  });
}

function answer(tape: Tape, seen: Transcript, i: number): string {
  const at = i * REPLY_STRIDE;
  const [kind = 0, a = 0, b = 0, c = 0, flags = 0] = seen.replies.subarray(at, at + REPLY_STRIDE);
  const name = REPLY_NAMES[kind] ?? '?';
  const process = (p: number): string => tape.names[p] ?? 'nobody';
  const injected = (flags & INJECTED) !== 0 ? ' (injected failure)' : '';
  switch (kind) {
    case reply.FORKED:
      return `${name}: ${process(a)} in the parent, ${b} in the child${injected}`;
    case reply.EXECUTED:
      return `${name} image ${a}, argument ${b}, environment ${c}${injected}`;
    case reply.BYTES:
      return `${name} ${Array.from(seen.bytes.subarray(a, a + b), byte => byte.toString(16).padStart(2, '0')).join(' ')}${injected}`;
    case reply.DIGEST:
      return `${name} ${(a >>> 0).toString(16).padStart(8, '0')}${injected}`;
    case reply.REAPED:
      return `${name} ${process(a)}, ${b === ENDED_KILLED ? 'killed' : `status ${b}`}${injected}`;
    case reply.REFUSED:
    case reply.KILLED:
      return `${name} (${REASONS[a] ?? '?'})${injected}`;
    default:
      return `${name}${injected}`;
  }
}
