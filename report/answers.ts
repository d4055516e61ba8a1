// A run op by op: what was done and what was answered.
import { describeReply } from '../spec/answer.ts';
import { describeOp, type Tape, unpack } from '../spec/tape.ts';
import type { Transcript } from '../spec/transcript.ts';

/** One line an op: `3  read B data+0 length 1  bytes 09`. */
export function describeReplies(tape: Tape, seen: Transcript): readonly string[] {
  return Array.from({ length: tape.length }, (_, i) => {
    const line = `${String(i + 1).padStart(5)}  ${describeOp(unpack(tape, i)).padEnd(44)}`;
    return i < seen.count ? `${line}  ${describeReply(tape.names, seen, i)}` : `${line}  (not answered)`;
  });
}
