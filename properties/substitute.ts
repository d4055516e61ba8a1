// Other ways to the same end: one op in place of two, near the tape at hand. What no cut and no smaller argument finds.
import * as op from '../spec/op.ts';
import {
  ACCESSES,
  ADVICE,
  type Advice,
  MAPPINGS,
  OP_NAMES,
  type OpName,
  OPS,
  REARRANGEMENTS,
} from '../spec/op.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';

/** Tapes longer than this are searched for failing allocations only. */
const MOST_SEARCHED = 6;
/** The same for names exchanged. */
const MOST_SWAPPED = 16;
/** Up to this length even the guilty op may give way to one of another kind. */
const MOST_OPEN = 4;
/** Pages an op put in may speak of. */
const MOST_PAGES = 4;
/** Allocations until the failure that is put in before the guilty op. */
const NEAR_FAILURES = [1, 2, 3];

/**
 * Tapes with one op less: two are taken out and one put in that speaks of names and pages of this tape. The last op, at
 * which the law breaks, gives way only to one of its kind unless the tape is very short.
 */
export function* substituted(
  tape: Tape,
  offered: readonly OpName[],
  advice: readonly Advice[],
): Generator<Tape> {
  const last = tape.length - 1;
  if (last < 1) return;
  if (offered.includes('failalloc'))
    for (const nth of NEAR_FAILURES) yield* exchange(tape, Int32Array.of(op.FAILALLOC, nth), last - 2);
  if (tape.length > MOST_SEARCHED) return;
  const letters = nearby(tape, offered, advice);
  const guilty = tape.words[last * STRIDE];
  for (const letter of letters)
    if (letter[0] === guilty || tape.length <= MOST_OPEN)
      for (let i = last - 1; i >= 0; i--) yield build(tape, i, last, letter, last - 1);
  for (const letter of letters) for (let at = last - 2; at >= 0; at--) yield* exchange(tape, letter, at);
}

/**
 * Tapes in which two processes are each other from some op on, with one op less and with all: a child that outlives its
 * parent does what the parent could have done.
 */
export function* survived(tape: Tape): Generator<Tape> {
  if (tape.length > MOST_SWAPPED) return;
  const { names } = named(tape);
  for (const a of names)
    for (const b of names.filter(name => name > a))
      for (let from = 1; from < tape.length; from++)
        for (let cut = tape.length - 1; cut >= -1; cut--) yield swapped(tape, a, b, from, cut);
}

/** Names `a` and `b` exchanged from op `from` on, and op `cut` gone; -1: none. */
function swapped(tape: Tape, a: number, b: number, from: number, cut: number): Tape {
  const length = cut < 0 ? tape.length : tape.length - 1;
  const words = new Int32Array(length * STRIDE);
  for (let i = 0, to = 0; i < tape.length; i++) {
    if (i === cut) continue;
    const at = to++ * STRIDE;
    words.set(tape.words.subarray(i * STRIDE, (i + 1) * STRIDE), at);
    if (i < from) continue;
    let word = at + 1;
    for (const { kind } of OPS[OP_NAMES[words[at] ?? -1] ?? 'failalloc'].fields) {
      const name = words[word] ?? 0;
      if (kind === 'process') words[word] = name === a ? b : name === b ? a : name;
      word += kind === 'address' ? 2 : 1;
    }
  }
  return { ...tape, words, length };
}

/** Most allocations of one op in a small world: how late a failure may strike in the op it is moved to. */
const MOST_FAILURES = 12;

/**
 * A failing allocation armed later, right before the op in which it strikes, where it need not count what others
 * allocate; not all are smaller.
 */
export function* laterFailure(tape: Tape): Generator<Tape> {
  for (let i = tape.length - 2; i >= 0; i--) {
    const [code, most = 0] = tape.words.subarray(i * STRIDE, i * STRIDE + 2);
    if (code !== op.FAILALLOC) continue;
    for (let to = tape.length - 2; to > i; to--)
      for (let nth = 1; nth <= Math.min(MOST_FAILURES, most); nth++) {
        const words = tape.words.slice(0, tape.length * STRIDE);
        words.copyWithin(i * STRIDE, (i + 1) * STRIDE, (to + 1) * STRIDE);
        words.fill(0, to * STRIDE, (to + 1) * STRIDE);
        words.set([op.FAILALLOC, nth], to * STRIDE);
        yield { ...tape, words };
      }
  }
}

/** Tapes with two ops in each other's place; not all are smaller. */
export function* reordered(tape: Tape): Generator<Tape> {
  if (tape.length > MOST_SEARCHED) return;
  for (let a = 0; a < tape.length - 1; a++)
    for (let b = a + 1; b < tape.length - 1; b++) {
      const words = tape.words.slice(0, tape.length * STRIDE);
      words.copyWithin(a * STRIDE, b * STRIDE, (b + 1) * STRIDE);
      words.set(tape.words.subarray(a * STRIDE, (a + 1) * STRIDE), b * STRIDE);
      yield { ...tape, words };
    }
}

/** Tapes of the same length with one op changed for another; not all are smaller. */
export function* replaced(
  tape: Tape,
  offered: readonly OpName[],
  advice: readonly Advice[],
): Generator<Tape> {
  if (tape.length > MOST_SEARCHED) return;
  const plain = offered.filter(name => name !== 'exec' && name !== 'vfork');
  for (const letter of nearby(tape, plain, advice))
    for (let i = 0; i < tape.length - 1; i++) {
      const words = tape.words.slice(0, tape.length * STRIDE);
      words.fill(0, i * STRIDE, (i + 1) * STRIDE);
      words.set(letter, i * STRIDE);
      yield { ...tape, words };
    }
}

/** `letter` as op number `at`, and any two ops before the last one gone. */
function* exchange(tape: Tape, letter: Int32Array, at: number): Generator<Tape> {
  if (at < 0) return;
  for (let b = tape.length - 2; b > 0; b--)
    for (let a = b - 1; a >= 0; a--) {
      const other = build(tape, a, b, letter, at);
      yield other;
      const adopted = withoutUnborn(other);
      if (adopted !== undefined) yield adopted;
      const done = byBorrower(other, letter);
      if (done !== undefined) yield done;
    }
}

/** What a parent does last, done in its memory by the child that `letter` has borrow it; undefined if it does nothing. */
function byBorrower(tape: Tape, letter: Int32Array): Tape | undefined {
  const actor = (tape.length - 1) * STRIDE + 1;
  const [code, parent, child = 0] = letter;
  if (code !== op.VFORK || !op.hasActor(tape.words[actor - 1] ?? 0) || tape.words[actor] !== parent) return;
  const words = tape.words.slice(0, tape.length * STRIDE);
  words[actor] = child;
  return { ...tape, words };
}

/** The ops of processes that are never born, given to A; undefined if there are none. */
function withoutUnborn(tape: Tape): Tape | undefined {
  const born = new Set([0]);
  let words: Int32Array | undefined;
  for (let at = 0; at < tape.length * STRIDE; at += STRIDE) {
    const code = tape.words[at] ?? 0;
    if (op.isBirth(code)) born.add(tape.words[at + 2] ?? 0);
    if (!op.hasActor(code) || born.has(tape.words[at + 1] ?? 0)) continue;
    words ??= tape.words.slice(0, tape.length * STRIDE);
    words[at + 1] = 0;
  }
  return words === undefined ? undefined : { ...tape, words };
}

/** Without ops `a` and `b`, `letter` as op number `at`. */
function build(tape: Tape, a: number, b: number, letter: Int32Array, at: number): Tape {
  const words = new Int32Array((tape.length - 1) * STRIDE);
  let to = 0;
  for (let from = 0; from <= tape.length; from++) {
    if (to === at) words.set(letter, to++ * STRIDE);
    if (from === a || from === b || from === tape.length) continue;
    words.set(tape.words.subarray(from * STRIDE, (from + 1) * STRIDE), to++ * STRIDE);
  }
  return { ...tape, words, length: tape.length - 1 };
}

/** Ops by the processes and on the pages that `tape` names, the plainest kinds first. */
function nearby(tape: Tape, offered: readonly OpName[], advice: readonly Advice[]): readonly Int32Array[] {
  const { names, pages, offsets, handles } = named(tape);
  const { start, span } = layoutFor(tape.world);
  const letters: Int32Array[] = [];
  const add = (name: OpName, ...words: number[]): void => {
    letters.push(Int32Array.of(OPS[name].code, ...words));
  };
  const kinds = OP_NAMES.filter(name => offered.includes(name));
  if (offered.includes('unpin')) for (const handle of handles) add('unpin', handle);
  if (offered.includes('dma'))
    for (const handle of handles) for (const value of [0, 1]) add('dma', handle, 0, 1, value);
  for (const name of kinds)
    for (const by of names) {
      if (name === 'fork' || name === 'clone' || name === 'vfork')
        for (const child of names) if (child !== by) add(name, by, child);
      if (name === 'kill') for (const victim of names) add(name, by, victim);
      if (name === 'exec')
        for (let image = 0; image <= tape.world.images.length; image++) add(name, by, image, 0, 0);
      if (name === 'exit') add(name, by, 0);
      if (name === 'wait') add(name, by, -1, 0);
      if (name === 'pin')
        for (const page of pages)
          for (const access of [0, 1]) for (const handle of handles) add(name, by, page, 0, access, handle);
      if (REARRANGEMENTS.some(one => one === name)) for (const page of pages) add(name, by, page, 0);
      if (name === 'mremap' && span.map > 0)
        for (const page of pages) add(name, by, page, 0, 1, start.map, 0);
      if (name === 'sbrk') for (const more of [1, -1, 2, -2]) add(name, by, more);
      if (name === 'mmap' && span.map > 0)
        for (const mapping of MAPPINGS.keys())
          for (const access of ['r', 'rw'] as const)
            add(name, by, start.map, 0, 1, mapping, ACCESSES.indexOf(access));
      for (const page of pages) {
        if (name === 'munmap') add(name, by, page, 0, 1, 0);
        if (name === 'madvise') for (const one of advice) add(name, by, page, 0, 1, ADVICE.indexOf(one));
        if (name === 'mprotect')
          for (const access of ['none', 'r', 'rw'] as const)
            add(name, by, page, 0, 1, ACCESSES.indexOf(access));
        if (name === 'wait') add(name, by, page, 0);
        if (name === 'read' || name === 'kread') add(name, by, page, 0, 1);
        if (name === 'write' || name === 'kwrite')
          for (const offset of offsets) for (const value of [0, 1]) add(name, by, page, offset, 1, value);
        if (name === 'kwrite') {
          const size = tape.world.pageSize;
          add(name, by, page, size - 1, 2, 0);
          // Two pages alike, or two halves: what merging looks for.
          if (offered.includes('merge'))
            for (const half of [0, size / 2]) add(name, by, page, half, 2 * size - half, 0);
        }
      }
    }
  return letters;
}

/** Processes, pages, offsets and pins of the ops of `tape`; A and the first page of data are always among them. */
function named(tape: Tape): {
  readonly names: readonly number[];
  readonly pages: readonly number[];
  readonly offsets: readonly number[];
  readonly handles: readonly number[];
} {
  const layout = layoutFor(tape.world);
  const names = new Set([0]);
  const pages = new Set([layout.start.data]);
  const offsets = new Set([0]);
  const handles = new Set([0]);
  for (let i = 0; i < tape.length; i++) {
    const name = OP_NAMES[tape.words[i * STRIDE] ?? -1];
    if (name === undefined) continue;
    let at = i * STRIDE + 1;
    for (const field of OPS[name].fields) {
      const word = tape.words[at] ?? 0;
      if (field.kind === 'process') names.add(word);
      if (field.kind === 'handle') handles.add(word);
      if (field.kind === 'address') {
        if (word >= 0 && word < layout.pages && pages.size < MOST_PAGES) pages.add(word);
        if (offsets.size < 2) offsets.add(tape.words[at + 1] ?? 0);
      }
      at += field.kind === 'address' ? 2 : 1;
    }
  }
  // And somebody who might be born.
  const unborn = tape.names.findIndex((_, name) => !names.has(name));
  if (unborn > 0 && unborn <= tape.world.processes) names.add(unborn);
  return {
    names: [...names],
    pages: [...pages],
    offsets: [...offsets],
    handles: [...handles],
  };
}
