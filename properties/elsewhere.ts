// The same on another page, or by another kind of store, with one op less.
import * as op from '../spec/op.ts';
import type { OpName } from '../spec/op.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';
import { mapWords, pageWords, wordsOf } from './fields.ts';

/** Tapes longer than this are left to bolder cuts. */
const MOST_MOVED = 16;

/**
 * Of tapes that are one op shorter, those in which one page is another everywhere: a page that is by nature what the op
 * that is gone had to make of the first. On a page of zeros a store of zero shows nothing, so it becomes a one; a page
 * that is there already allocates nothing, so the allocation that fails becomes the first.
 */
export function* elsewhere(shorter: Iterable<Tape>): Generator<Tape> {
  for (const tape of shorter) {
    if (tape.length === 0 || tape.length > MOST_MOVED) continue;
    const { start, pages } = layoutFor(tape.world);
    for (const page of new Set(wordsOf(tape, pageWords).filter(word => word >= 0)))
      for (const other of new Set([...Object.values(start), page + 1])) {
        if (other === page || other >= pages) continue;
        const moved = mapWords(tape, pageWords, word => (word === page ? other : word));
        yield moved;
        const ones = changed(moved.words, storesZero, 5);
        if (ones !== undefined) yield { ...tape, words: ones };
        const first = changed(moved.words, failsLater, 1);
        if (first !== undefined) yield { ...tape, words: first };
      }
  }
}

/** Tapes with one op less in which the kernel stores by a plain write what it stored as the status of a wait. */
export function* plainStatus(shorter: Iterable<Tape>, offered: readonly OpName[]): Generator<Tape> {
  if (!offered.includes('kwrite')) return;
  for (const tape of shorter)
    for (let at = 0; at < tape.length * STRIDE && tape.length <= MOST_MOVED; at += STRIDE) {
      if (tape.words[at] !== op.WAIT || (tape.words[at + 2] ?? -1) < 0) continue;
      for (const value of [0, 1]) {
        const words = tape.words.slice(0, tape.length * STRIDE);
        words[at] = op.KWRITE;
        words[at + 4] = 1;
        words[at + 5] = value;
        yield { ...tape, words };
      }
    }
}

const storesZero = (words: Int32Array, at: number): boolean =>
  (words[at] === op.WRITE_OP || words[at] === op.KWRITE) && words[at + 5] === 0;

const failsLater = (words: Int32Array, at: number): boolean =>
  words[at] === op.FAILALLOC && (words[at + 1] ?? 0) > 1;

/** `words` with a 1 as operand `operand` of every op that `wanted` names; undefined if it names none. */
function changed(
  words: Int32Array,
  wanted: (words: Int32Array, at: number) => boolean,
  operand: number,
): Int32Array | undefined {
  let copy: Int32Array | undefined;
  for (let at = 0; at < words.length; at += STRIDE)
    if (wanted(words, at)) {
      copy ??= words.slice();
      copy[at + operand] = 1;
    }
  return copy;
}
