// Simpler tapes: what to try in place of a tape that fails, the boldest cut first.
import * as op from '../spec/op.ts';
import { type Advice, OP_NAMES, type OpName, OPS } from '../spec/op.ts';
import { layoutFor, nameOf, STRIDE, type Tape } from '../spec/tape.ts';
import { elsewhere, plainStatus } from './elsewhere.ts';
import {
  actorWords,
  fieldWords,
  handleWords,
  hasLength,
  mapWords,
  offsetsOf,
  offsetWords,
  pageWords,
  processWords,
  withWord,
  wordsOf,
} from './fields.ts';
import { isSimpler, sizeOf } from './order.ts';
import { laterFailure, reordered, replaced, substituted, survived } from './substitute.ts';

/**
 * Every candidate is simpler in this order: fewer ops, then fewer processes, then fewer pages, then fewer bytes in
 * ranges, then smaller words, compared from the first op on. So whoever takes any failing candidate and starts again
 * must come to an end.
 *
 * `offered`: ops that may stand in for others (a fork for a clone), and advice; absent: none may.
 * Since any subsequence of a trace is a trace, cutting needs no repair. What single cuts cannot do, pairs can: a fork
 * and the exit that goes with it, or an op whose actor could as well be another process.
 */
export function* smaller(
  tape: Tape,
  failsAt = tape.length - 1,
  offered: readonly OpName[] = [],
  advice: readonly Advice[] = [],
): Generator<Tape> {
  const size = sizeOf(tape);
  for (const candidate of candidates(tape, failsAt, offered, advice))
    if (isSimpler(candidate, tape, size)) yield candidate;
}

function* candidates(
  tape: Tape,
  failsAt: number,
  offered: readonly OpName[],
  advice: readonly Advice[],
): Generator<Tape> {
  if (failsAt < tape.length - 1) yield slice(tape, index => index <= failsAt);
  yield* cuts(tape);
  yield* withoutProcess(tape, offered);
  yield* pairs(tape);
  yield* reborn(tape);
  yield* renamed(tape);
  yield* exchanged(tape);
  yield* plainerOps(tape, offered);
  yield* simplerWords(tape);
  yield* laterFailure(tape);
  yield* survived(tape);
  yield* elsewhere(shorter(tape));
  for (const plain of plainStatus(shorter(tape), offered)) {
    yield plain;
    yield* renamedBirths(plain);
  }
  // Without the child that was waited for: its birth and its end.
  if (tape.length <= MOST_TWICE) for (const once of shorter(tape)) yield* plainStatus(shorter(once), offered);
  yield* substituted(tape, offered, advice);
  yield* reordered(tape);
  yield* replaced(tape, offered, advice);
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

/** Everything one process does, and its birth; then its ops given to its parent, who may die of a store that the kernel survives. */
function* withoutProcess(tape: Tape, offered: readonly OpName[]): Generator<Tape> {
  const present = new Set(wordsOf(tape, processWords));
  for (const process of [...present].sort((a, b) => b - a)) {
    yield slice(tape, index => !processWords(tape, index).some(at => tape.words[at] === process));
    const merged = withParent(tape, process);
    if (merged === undefined) continue;
    yield merged;
    const last = (merged.length - 1) * STRIDE;
    if (merged.words[last] === op.WRITE_OP && offered.includes('kwrite'))
      yield withWord(merged, last, op.KWRITE);
  }
}

/** The ops of `process` given to its parent, and its birth gone; undefined if it has none. */
function withParent(tape: Tape, process: number): Tape | undefined {
  const born = birth(tape, process);
  if (born < 0) return undefined;
  const parent = tape.words[born * STRIDE + 1] ?? 0;
  const others = slice(tape, index => index !== born);
  return mapWords(others, processWords, word => (word === process ? parent : word));
}

/** Every tape without one op before the last, and with a process and its parent in one. */
function* shorter(tape: Tape): Generator<Tape> {
  for (let cut = tape.length - 2; cut >= 0; cut--) yield slice(tape, index => index !== cut);
  for (let process = 1; process < tape.names.length; process++) {
    const merged = withParent(tape, process);
    if (merged !== undefined) yield merged;
  }
}

const MOST_PAIRED = 24;
/** The same for all ways to be two ops shorter that are then varied. */
const MOST_TWICE = 8;

/** Two ops at once; only when the tape is short enough for all pairs. */
function* pairs(tape: Tape): Generator<Tape> {
  if (tape.length > MOST_PAIRED) return;
  for (let a = tape.length - 1; a > 0; a--)
    for (let b = a - 1; b >= 0; b--) yield slice(tape, index => index !== a && index !== b);
}

/** A child under a name of its own and with one op less: what freed the name can go only when the name is not needed. */
function* reborn(tape: Tape): Generator<Tape> {
  for (const own of renamedBirths(tape))
    for (let cut = tape.length - 1; cut >= 0; cut--) yield slice(own, index => index !== cut);
}

/** A child that is named after a process before it, under a name of its own. */
function* renamedBirths(tape: Tape): Generator<Tape> {
  if (tape.length > MOST_PAIRED) return;
  const fresh = unusedName(tape);
  if (fresh === undefined) return;
  const [own, names] = fresh;
  const lived = new Set([0]);
  for (let born = 0; born < tape.length; born++) {
    const [at] = fieldWords(tape, born, field => field.name === 'as' && field.kind === 'process');
    if (at === undefined) continue;
    const child = tape.words[at] ?? 0;
    if (!lived.has(child)) {
      lived.add(child);
      continue;
    }
    const words = tape.words.slice(0, tape.length * STRIDE);
    words[at] = own;
    for (let i = born + 1; i < tape.length; i++)
      for (const word of processWords(tape, i)) if (words[word] === child) words[word] = own;
    yield { ...tape, names, words };
  }
}

/** The first process number that no op names, and the names with one for it; none if the world has no more. */
function unusedName(tape: Tape): readonly [number, readonly string[]] | undefined {
  const used = new Set([0, ...wordsOf(tape, processWords)]);
  let number = 1;
  while (used.has(number)) number++;
  if (number < tape.names.length) return [number, tape.names];
  if (number > tape.world.processes) return undefined;
  let letter = number;
  while (tape.names.includes(nameOf(letter))) letter++;
  return [number, [...tape.names, nameOf(letter)]];
}

/** Another actor for one op, one name for another everywhere, names in order of birth. */
function* renamed(tape: Tape): Generator<Tape> {
  for (let i = 0; i < tape.length; i++)
    for (const at of processWords(tape, i))
      for (let process = 0; process < (tape.words[at] ?? 0); process++) yield withWord(tape, at, process);
  for (let a = tape.names.length - 1; a > 1; a--)
    for (let b = 1; b < a; b++)
      yield mapWords(tape, processWords, word => (word === a ? b : word === b ? a : word));
  for (const handle of new Set(wordsOf(tape, handleWords)))
    for (let other = 0; other < handle; other++)
      yield mapWords(tape, handleWords, word => (word === handle ? other : word === other ? handle : word));
}

/** Plainer ops of the same fields, the plainest first. */
const PLAINER: Readonly<Partial<Record<OpName, readonly OpName[]>>> = {
  clone: ['fork'],
  vfork: ['fork', 'clone'],
  kread: ['read'],
  kwrite: ['write'],
};

/** Ops that may end a process: its exit may do. */
const ENDS: readonly (OpName | undefined)[] = ['exec', 'kill', 'read', 'write'];

/** An op for which a plainer one may do. */
function* plainerOps(tape: Tape, offered: readonly OpName[]): Generator<Tape> {
  for (let i = 0; i < tape.length; i++) {
    const at = i * STRIDE;
    const name = OP_NAMES[tape.words[at] ?? -1];
    if (ENDS.includes(name) && offered.includes('exit')) {
      const words = tape.words.slice(0, tape.length * STRIDE);
      const ended = words[name === 'kill' ? at + 2 : at + 1] ?? 0;
      words.fill(0, at, at + STRIDE);
      words.set([op.EXIT, ended], at);
      yield { ...tape, words };
    }
    for (const plainer of (name === undefined ? undefined : PLAINER[name]) ?? [])
      if (offered.includes(plainer) && staysInPage(tape, i)) yield withWord(tape, at, OPS[plainer].code);
  }
}

function staysInPage(tape: Tape, index: number): boolean {
  const [at] = pageWords(tape, index);
  return at === undefined || (tape.words[at + 1] ?? 0) + (tape.words[at + 2] ?? 0) <= tape.world.pageSize;
}

/** One page for another everywhere, and two actors in each other's place: what no change of a single word can do. */
function* exchanged(tape: Tape): Generator<Tape> {
  const pages = new Set(wordsOf(tape, pageWords));
  const actors = new Set(wordsOf(tape, actorWords));
  for (const page of [...pages].sort((a, b) => b - a))
    for (const other of nearer(tape, page))
      yield mapWords(tape, pageWords, word => (word === page ? other : word));
  for (const offset of offsetsOf(tape))
    yield mapWords(tape, offsetWords, word => (word === offset ? 0 : word));
  for (const a of actors)
    for (const b of actors) {
      if (b < a) yield mapWords(tape, actorWords, word => (word === a ? b : word === b ? a : word));
    }
}

/**
 * Each argument towards its simplest: 0, half, one less; pages towards the first of their kind; ranges to one page or one
 * byte of theirs.
 */
function* simplerWords(tape: Tape): Generator<Tape> {
  const offsets = offsetsOf(tape);
  for (let i = 0; i < tape.length; i++) {
    const name = OP_NAMES[tape.words[i * STRIDE] ?? -1];
    if (name === undefined) continue;
    let at = i * STRIDE + 1;
    for (const field of OPS[name].fields) {
      const word = tape.words[at] ?? 0;
      if (field.kind === 'address') {
        const offset = tape.words[at + 1] ?? 0;
        if (hasLength(name) && (tape.words[at + 2] ?? 0) > 1)
          for (const other of offsets) yield withWord(withWord(tape, at + 1, other), at + 2, 1);
        yield* parts(tape, i, at);
        if (field.optional === true && word >= 0) yield withWord(withWord(tape, at, -1), at + 1, 0);
        for (const less of towards(offset, 0)) yield withWord(tape, at + 1, less);
        for (const page of nearer(tape, word)) yield withWord(tape, at, page);
        at += 2;
        continue;
      }
      if (field.kind === 'integer' && (field.name === 'value' ? word >>> 0 : word) > field.min)
        for (const less of towards(field.name === 'value' ? word >>> 0 : word, field.min)) {
          const shorter = withWord(tape, at, less);
          yield shorter;
          // A shorter range may have to start later to keep its last byte.
          const start = (tape.words[at - 1] ?? 0) + word - less;
          if (field.name === 'length' && start < tape.world.pageSize) yield withWord(shorter, at - 1, start);
        }
      if (field.kind === 'choice') for (let less = 0; less < word; less++) yield withWord(tape, at, less);
      at += 1;
    }
  }
}

/** One page of the range of op `index`, whose address is at `at`: the whole page, or its first byte or all with what was stored there. */
function* parts(tape: Tape, index: number, at: number): Generator<Tape> {
  const { pageSize } = tape.world;
  const [page = 0, offset = 0, extent = 0, value = 0] = tape.words.subarray(at, at + 4);
  const [pages] = fieldWords(tape, index, field => field.name === 'pages');
  if (pages !== undefined && extent > 1)
    for (let p = page; p < page + extent; p++) yield withWord(withWord(tape, at, p), pages, 1);
  if (!hasLength(OP_NAMES[tape.words[index * STRIDE] ?? -1] ?? 'failalloc')) return;
  for (let from = pageSize - offset; from < extent; from += pageSize) {
    const byte = withWord(tape, at, page + (offset + from) / pageSize);
    const turn = (from & 3) * 8;
    byte.words.set([0, 1, (value >>> turn) & 255], at + 1);
    yield byte;
    const all = withWord(byte, at + 2, Math.min(pageSize, extent - from));
    all.words[at + 3] = (value >>> turn) | (value << ((32 - turn) & 31));
    yield all;
  }
}

/** From the least value upwards in halving steps to one below `word`: few tries, and a threshold is found quickly. */
function towards(word: number, least: number): readonly number[] {
  const tried: number[] = [];
  for (let gap = word - least; gap >= 1; gap = Math.floor(gap / 2)) tried.push((word - gap) | 0);
  return tried;
}

/** Pages before `page` that are worth trying: the first of each segment, the one before. */
function nearer(tape: Tape, page: number): readonly number[] {
  const layout = layoutFor(tape.world);
  const starts = Object.values(layout.start).filter(start => start < page);
  return [...new Set([...starts, page - 1])].filter(less => less >= 0 && less < page);
}

function birth(tape: Tape, process: number): number {
  for (let i = 0; i < tape.length; i++) {
    if (op.isBirth(tape.words[i * STRIDE]) && tape.words[i * STRIDE + 2] === process) return i;
  }
  return -1;
}
