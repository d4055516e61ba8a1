// Wrong bytes that no op is known to have stored: which op asked the kernel to store there.
import type { Evidence } from '../spec/law.ts';
import { KWRITE, WAIT } from '../spec/op.ts';
import { describeOp, STRIDE, type Tape, unpack } from '../spec/tape.ts';

/** The rule that is broken by bytes which nobody stored. */
const UNCHANGED = 1;
const STATUS_BYTES = 4;

/** First byte, counted through all pages, and the one behind the last, of what op `i` accesses. */
function rangeOf({ words, world }: Tape, i: number): readonly [from: number, to: number] {
  const [code, , page = 0, offset = 0, length = 0] = words.subarray(i * STRIDE, (i + 1) * STRIDE);
  const from = page * world.pageSize + offset;
  return [from, from + (code === WAIT ? STATUS_BYTES : length)];
}

/**
 * `evidence` of op `at`; where that read bytes which no op stored, with the last op of somebody else by which the kernel was
 * to store there. What it was refused, or stores by a call of its own, may have got there all the same.
 */
export function suspected(tape: Tape, at: number, evidence: Evidence): Evidence {
  if (evidence.rule !== UNCHANGED || evidence.invariant !== 'reply.bytes') return evidence;
  const reader = tape.words[at * STRIDE + 1];
  const [from, to] = rangeOf(tape, at);
  for (let i = at - 1; i >= 0; i--) {
    const [code, by, page = -1] = tape.words.subarray(i * STRIDE, (i + 1) * STRIDE);
    if ((code !== KWRITE && code !== WAIT) || by === reader || page < 0) continue;
    const [first, end] = rangeOf(tape, i);
    if (first >= to || end <= from) continue;
    const line = `${describeOp(unpack(tape, i))} (op ${i + 1})`;
    return {
      ...evidence,
      because: `${evidence.because} The last that had the kernel store there is ${line}.`,
    };
  }
  return evidence;
}
