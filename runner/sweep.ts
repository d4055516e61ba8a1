// The failure sweep: one short tape, run again and again with its first, second, … last allocation failing.
import { FAILALLOC } from '../spec/op.ts';
import { STRIDE, type Tape } from '../spec/tape.ts';
import { INJECTED, REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';

/** Most ops of a tape that is swept, and one tape in so many of the oom profile is. */
export const SWEPT_OPS = 12;
export const SWEPT_SHARE = 6;

/** `tape` with its `nth` allocation failing. */
export function failing(tape: Tape, nth: number): Tape {
  const words = new Int32Array((tape.length + 1) * STRIDE);
  words[0] = FAILALLOC;
  words[1] = nth;
  words.set(tape.words.subarray(0, tape.length * STRIDE), STRIDE);
  return { ...tape, words, length: tape.length + 1 };
}

/** Did the armed failure fire in the run that `seen` recorded? If not, the tape allocates less often than that. */
export function fired(seen: Transcript): boolean {
  for (let i = 0; i < seen.count; i++)
    if (((seen.replies[i * REPLY_STRIDE + 4] ?? 0) & INJECTED) !== 0) return true;
  return false;
}
