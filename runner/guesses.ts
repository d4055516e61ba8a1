// The shortest tapes that may fail as a long one does: what to try first where a run that fails is dear.
import { fieldWords, mapWords, offsetWords, pageWords, processWords } from '../properties/fields.ts';
import { slice } from '../properties/shrink.ts';
import { EXIT, FAILALLOC, FORK, isBirth, KWRITE, SBRK, WAIT, WRITE_OP } from '../spec/op.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';

/** How many of the ops right before the guilty one are tried with the births that they need. */
const RECENT = [2, 3, 4, 5, 6, 8, 11, 16, 24];

/** Allocations that may have been the one that failed. */
const FAILURES = Array.from({ length: 10 }, (_, i) => i + 1);

/**
 * The guilty op alone, done by the first process on the first byte of its page; as it was; a wait, for a child that ends at
 * once; where an allocation failed, the first process with that failure and then a child too; with all that came right before
 * it and the births of those who did it; with one op before it; with one op and a birth of one of those. Of those ops the ones
 * that went to the same page come before all that is long.
 */
export function* guesses(tape: Tape, at: number): Generator<Tape> {
  const guilty = slice(tape, i => i === at);
  const first = mapWords(
    mapWords(guilty, offsetWords, () => 0),
    lengthWords,
    () => 1,
  );
  yield mapWords(first, byWords, () => 0);
  yield mapWords(guilty, byWords, () => 0);
  yield guilty;
  const code = (i: number): number => tape.words[i * STRIDE] ?? -1;
  if (code(at) === WAIT) yield alone(tape, at, [BIRTH, END]);
  const failure = Array.from({ length: at }, (_, i) => i).findLast(i => code(i) === FAILALLOC) ?? -1;
  if (failure >= 0) {
    // Most of what goes wrong after a failure does not need one.
    for (let i = 0; i < at; i++)
      if (isBirth(code(i)) && related(tape, i, [at])) yield slice(tape, j => j === i || j === at);
    yield* failing(tape, at, tape.words[failure * STRIDE + 1] ?? 1);
  }
  yield* stores(tape, at, failure);
  for (const many of RECENT) if (many < at) yield recent(tape, at, many);
  for (let i = at - 1; i >= 0; i--) yield slice(tape, j => j === i || j === at || j === failure);
  for (let birth = 0; birth < at; birth++)
    if (isBirth(code(birth)))
      for (let i = at - 1; i > birth; i--)
        if (related(tape, birth, [i, at])) yield slice(tape, j => [birth, i, at, failure].includes(j));
}

/**
 * The op, done by the first process while an allocation fails, the `nth` or another; then with a child that shares its pages,
 * or has ended if it is waited for; then after the birth of a child in which it failed.
 */
function* failing(tape: Tape, at: number, nth: number): Generator<Tape> {
  const failures = [...new Set([nth, ...FAILURES])];
  for (const failed of failures) yield alone(tape, at, [[FAILALLOC, failed]]);
  const waits = tape.words[at * STRIDE] === WAIT;
  for (const failed of failures) yield alone(tape, at, [BIRTH, ...(waits ? [END] : []), [FAILALLOC, failed]]);
  for (const failed of failures) yield alone(tape, at, [[FAILALLOC, failed], BIRTH]);
}

const BIRTH = [FORK, 0, 1];
const END = [EXIT, 1, 0];

/** Op `at`, done by the first process after `before`; whom it names is new. */
function alone(tape: Tape, at: number, before: readonly (readonly number[])[]): Tape {
  const length = before.length + 1;
  const words = new Int32Array(length * STRIDE);
  before.forEach((op, i) => words.set(op, i * STRIDE));
  words.set(tape.words.subarray(at * STRIDE, (at + 1) * STRIDE), before.length * STRIDE);
  const short: Tape = { ...tape, words, length };
  for (const word of byWords(short, length - 1)) words[word] = 0;
  for (const word of asWords(short, length - 1)) words[word] = length - 1;
  return short;
}

/** Where op `i` goes; -1: nowhere. */
function pageOf(tape: Tape, i: number): number {
  const [word] = pageWords(tape, i);
  return word === undefined ? -1 : (tape.words[word] ?? -1);
}

/** A birth, an op on the page of the guilty one, and that: where the two first meet, a byte long, and as it was. */
function* stores(tape: Tape, at: number, failure: number): Generator<Tape> {
  const page = pageOf(tape, at);
  if (page < 0) return;
  const births = Array.from({ length: at }, (_, i) => i).filter(i => isBirth(tape.words[i * STRIDE]));
  const inHeap = layoutFor(tape.world).segmentOf[page] === 'heap';
  const rooms = new Set([0, inHeap ? (tape.world.spare?.heap ?? 0) : 0]);
  for (let i = at - 1; i >= 0; i--) {
    const [word = -1] = pageWords(tape, i);
    const [length = -1] = lengthWords(tape, i);
    const end = (tape.words[word + 1] ?? 0) + (tape.words[length] ?? 1) - 1;
    const last = pageOf(tape, i) + Math.floor(end / tape.world.pageSize);
    if (word < 0 || pageOf(tape, i) < 0 || pageOf(tape, i) > page || last < page) continue;
    const offset = pageOf(tape, i) === page ? (tape.words[word + 1] ?? 0) : 0;
    const met = (whole: Tape): Tape => {
      const is = (t: Tape, j: number, words: readonly number[]): readonly number[] =>
        j === t.length - 1 ? words : [];
      const there = mapWords(
        whole,
        (t, j) => is(t, j, offsetWords(t, j)),
        () => offset,
      );
      return mapWords(
        there,
        (t, j) => is(t, j, lengthWords(t, j)),
        () => 1,
      );
    };
    if (STORES.includes(tape.words[i * STRIDE] ?? -1))
      for (const kept of failure < 0
        ? [[i, at]]
        : [
            [i, at],
            [failure, i, at],
          ])
        for (const room of rooms)
          for (const writer of [1, 0])
            yield met(
              byTwo(
                slice(tape, j => kept.includes(j)),
                writer,
                room,
              ),
            );
    for (const birth of births) {
      if (birth > i || !related(tape, birth, [i]) || !related(tape, birth, [at])) continue;
      for (const kept of failure < 0
        ? [[birth, i, at]]
        : [
            [birth, i, at],
            [birth, i, at, failure],
          ]) {
        const whole = slice(tape, j => kept.includes(j));
        yield met(whole);
        yield whole;
      }
    }
  }
}

const STORES = [WRITE_OP, KWRITE];

/**
 * `tape`, of which the last two ops are a store and what shows it, after a fork of two: `writer` does the one, the other the
 * other. The first had its heap grow by `room` pages, if any.
 */
function byTwo(tape: Tape, writer: number, room: number): Tape {
  const first = room > 0 ? [SBRK, 0, room, ...new Array<number>(STRIDE - 3).fill(0)] : [];
  const before = first.length / STRIDE + 1;
  const length = before + tape.length;
  const words = new Int32Array(length * STRIDE);
  words.set([...first, FORK, 0, 1]);
  words.set(tape.words.subarray(0, tape.length * STRIDE), before * STRIDE);
  const actors = new Map([
    [length - 2, writer],
    [length - 1, 1 - writer],
  ]);
  const two: Tape = { ...tape, words, length };
  for (const [op, actor] of actors) for (const word of byWords(two, op)) words[word] = actor;
  return two;
}

const asWords = (tape: Tape, i: number): readonly number[] =>
  fieldWords(tape, i, ({ name }) => name === 'as');
const byWords = (tape: Tape, i: number): readonly number[] =>
  fieldWords(tape, i, ({ name }) => name === 'by');
const lengthWords = (tape: Tape, i: number): readonly number[] =>
  fieldWords(tape, i, ({ name }) => name === 'length');

const processesOf = (tape: Tape, i: number): readonly number[] =>
  processWords(tape, i).map(word => tape.words[word] ?? 0);

/** Does one of `ops` name somebody of this birth? */
function related(tape: Tape, birth: number, ops: readonly number[]): boolean {
  const family = processesOf(tape, birth);
  return ops.some(i => processesOf(tape, i).some(process => family.includes(process)));
}

/** Op `at`, the `many` before it, and the last births before those of all whom they name, and of their parents. */
function recent(tape: Tape, at: number, many: number): Tape {
  const kept = new Set<number>();
  const needed = new Set<number>();
  for (let i = at; i >= at - many; i--) {
    kept.add(i);
    for (const process of processesOf(tape, i)) needed.add(process);
  }
  for (let i = at - many - 1; i >= 0; i--) {
    const [parent = 0, child = 0] = processesOf(tape, i);
    if (!isBirth(tape.words[i * STRIDE] ?? -1) || !needed.delete(child)) continue;
    kept.add(i);
    needed.add(parent);
  }
  return slice(tape, i => kept.has(i));
}
