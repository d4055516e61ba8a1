// Simpler tapes: what to try in place of a tape that fails, the boldest cut first.
import * as op from '../spec/op.ts';
import { OP_NAMES, OPS } from '../spec/op.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';

/**
 * Every candidate is smaller in this order: fewer ops, then fewer processes, then smaller words. So whoever takes any
 * failing candidate and starts again must come to an end.
 *
 * Since any subsequence of a trace is a trace, cutting needs no repair. What single cuts cannot do, pairs can: a fork
 * and the exit that goes with it, or an op whose actor could as well be another process.
 */
export function* smaller(tape: Tape, failsAt = tape.length - 1): Generator<Tape> {
  if (failsAt < tape.length - 1) yield slice(tape, index => index <= failsAt);
  yield* cuts(tape);
  yield* withoutProcess(tape);
  yield* pairs(tape);
  yield* renamed(tape);
  yield* simplerWords(tape);
}

/** The ops of `tape` for which `keep` holds, in a buffer of their own. */
export function slice(tape: Tape, keep: (index: number) => boolean): Tape {
  const kept: number[] = [];
  for (let i = 0; i < tape.length; i++) if (keep(i)) kept.push(i);
  const words = new Int32Array(kept.length * STRIDE);
  kept.forEach((from, to) => words.set(tape.words.subarray(from * STRIDE, (from + 1) * STRIDE), to * STRIDE));
  return { ...tape, words, length: kept.length };
}

/** Blocks of half the ops, of a quarter … of one, the latest first. */
function* cuts(tape: Tape): Generator<Tape> {
  for (let size = tape.length >> 1; size >= 1; size >>= 1)
    for (let end = tape.length; end > 0; end -= size) {
      const start = Math.max(0, end - size);
      yield slice(tape, index => index < start || index >= end);
    }
}

/** Everything one process does, and its birth; then the same with its ops given to its parent. */
function* withoutProcess(tape: Tape): Generator<Tape> {
  const present = new Set<number>();
  for (let i = 0; i < tape.length; i++)
    for (const at of processWords(tape, i)) present.add(tape.words[at] ?? 0);
  for (const process of [...present].sort((a, b) => b - a)) {
    yield slice(tape, index => !processWords(tape, index).some(at => tape.words[at] === process));
    const born = birth(tape, process);
    if (born < 0) continue;
    const parent = tape.words[born * STRIDE + 1] ?? 0;
    const others = slice(tape, index => index !== born);
    yield replaceProcess(others, process, parent);
  }
}

const MOST_PAIRED = 24;

/** Two ops at once; only when the tape is short enough for all pairs. */
function* pairs(tape: Tape): Generator<Tape> {
  if (tape.length > MOST_PAIRED) return;
  for (let a = tape.length - 1; a > 0; a--)
    for (let b = a - 1; b >= 0; b--) yield slice(tape, index => index !== a && index !== b);
}

/** Another actor for one op, one name for another everywhere, names in order of birth. */
function* renamed(tape: Tape): Generator<Tape> {
  for (let i = 0; i < tape.length; i++)
    for (const at of processWords(tape, i))
      for (let process = 0; process < (tape.words[at] ?? 0); process++) yield withWord(tape, at, process);
  for (let process = tape.names.length - 1; process > 0; process--)
    for (let other = 0; other < process; other++) {
      const swapped = swapProcesses(tape, process, other);
      if (comparesLess(swapped, tape)) yield swapped;
    }
}

/** Each argument towards its simplest: 0, half, one less; pages towards the first of their kind; ranges to one byte. */
function* simplerWords(tape: Tape): Generator<Tape> {
  for (let i = 0; i < tape.length; i++) {
    const name = OP_NAMES[tape.words[i * STRIDE] ?? -1];
    if (name === undefined) continue;
    let at = i * STRIDE + 1;
    for (const field of OPS[name].fields) {
      const word = tape.words[at] ?? 0;
      if (field.kind === 'address') {
        const offset = tape.words[at + 1] ?? 0;
        if (field.optional === true && word >= 0) yield withWord(withWord(tape, at, -1), at + 1, 0);
        if (offset > 0) for (const less of [0, offset >> 1, offset - 1]) yield withWord(tape, at + 1, less);
        for (const page of nearer(tape, word)) yield withWord(tape, at, page);
        at += 2;
        continue;
      }
      if (field.kind === 'integer' && (field.name === 'value' ? word >>> 0 : word) > field.min)
        for (const less of towards(word, field.min)) {
          const shorter = withWord(tape, at, less);
          yield shorter;
          // A shorter range may have to start later to keep its last byte.
          const start = (tape.words[at - 1] ?? 0) + word - less;
          if (field.name === 'length' && start < tape.world.pageSize) yield withWord(shorter, at - 1, start);
        }
      if (field.kind === 'choice' && word > 0) yield withWord(tape, at, 0);
      at += 1;
    }
  }
}

function towards(word: number, least: number): readonly number[] {
  const unsigned = word >>> 0;
  return [
    ...new Set([
      least,
      least + 1,
      unsigned >>> 16,
      unsigned >>> 8,
      unsigned & 255,
      least + ((unsigned - least) >>> 1),
      unsigned - 1,
    ]),
  ]
    .filter(less => less >= least && less < unsigned)
    .map(less => less | 0);
}

/** Pages before `page` that are worth trying: the first of each segment, the one before. */
function nearer(tape: Tape, page: number): readonly number[] {
  const layout = layoutFor(tape.world);
  const starts = Object.values(layout.start).filter(start => start < page);
  return [...new Set([...starts, page - 1])].filter(less => less >= 0 && less < page);
}

/** Positions of words that name a process in op `index`. */
function processWords(tape: Tape, index: number): readonly number[] {
  const name = OP_NAMES[tape.words[index * STRIDE] ?? -1];
  if (name === undefined) return [];
  const found: number[] = [];
  let at = index * STRIDE + 1;
  for (const field of OPS[name].fields) {
    if (field.kind === 'process') found.push(at);
    at += field.kind === 'address' ? 2 : 1;
  }
  return found;
}

function birth(tape: Tape, process: number): number {
  for (let i = 0; i < tape.length; i++) {
    const code = tape.words[i * STRIDE];
    if (
      (code === op.FORK || code === op.CLONE || code === op.VFORK) &&
      tape.words[i * STRIDE + 2] === process
    )
      return i;
  }
  return -1;
}

function withWord(tape: Tape, at: number, word: number): Tape {
  const words = tape.words.slice(0, tape.length * STRIDE);
  words[at] = word;
  return { ...tape, words };
}

function replaceProcess(tape: Tape, from: number, to: number): Tape {
  const words = tape.words.slice(0, tape.length * STRIDE);
  for (let i = 0; i < tape.length; i++)
    for (const at of processWords(tape, i)) if (words[at] === from) words[at] = to;
  return { ...tape, words };
}

function swapProcesses(tape: Tape, a: number, b: number): Tape {
  if (a === 0 || b === 0) return tape;
  const words = tape.words.slice(0, tape.length * STRIDE);
  for (let i = 0; i < tape.length; i++)
    for (const at of processWords(tape, i)) {
      if (words[at] === a) words[at] = b;
      else if (words[at] === b) words[at] = a;
    }
  return { ...tape, words };
}

/** Is `a` simpler than `b`, both of one length? */
function comparesLess(a: Tape, b: Tape): boolean {
  const end = a.length * STRIDE;
  for (let i = 0; i < end; i++) {
    const x = (a.words[i] ?? 0) >>> 0;
    const y = (b.words[i] ?? 0) >>> 0;
    if (x !== y) return x < y;
  }
  return false;
}
