// Calls that are known to go wrong: how a search goes on past them to what they would hide.
import {
  EXIT,
  FAILALLOC,
  isBirth,
  KILL,
  KWRITE,
  OP_NAMES,
  type OpName,
  OPS,
  READ_OP,
  WAIT,
  WRITE_OP,
} from '../spec/op.ts';
import { mix } from '../properties/generator/dice.ts';
import { isRecord } from '../spec/record.ts';
import { fieldWords, mapWords } from '../properties/fields.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';
import { EDGES } from '../spec/world.ts';
import { slice } from '../properties/shrink.ts';
import type { Violation } from './verdict.ts';

/** A call is known by its third time, or by its first if the target died of it; then it is spared, but for one of them in one run of so many. */
const OFTEN = 3;
const SPARED = 12;
/** An op that is known to go wrong at so many edges is taken to go wrong at each. */
const EDGES_ENOUGH = 3;

/**
 * What kind of call op `at` of `tape` is: its name, where it goes (a segment or an edge), and whether memory was to
 * fail it. `kwrite guard`, `fork memory failing`. `placed`: with where it goes.
 */
export function callOf(tape: Tape, at: number, placed = true): string {
  const { words } = tape;
  const code = words[at * STRIDE] ?? 0;
  const name = OP_NAMES[code] ?? '?';
  const [, second] = OPS[name === '?' ? 'fork' : name].fields;
  let call: string = name;
  if (placed && second?.kind === 'address') {
    const page = words[at * STRIDE + 2] ?? 0;
    const layout = layoutFor(tape.world);
    if (page >= 0) call += ` ${layout.segmentOf[page] ?? EDGES[page - layout.pages] ?? 'beyond'}`;
    const end = (words[at * STRIDE + 3] ?? 0) + (words[at * STRIDE + 4] ?? 0);
    if (page >= 0 && end > tape.world.pageSize) call += ' and on';
  }
  for (let i = 0; i < at; i++) if (words[i * STRIDE] === FAILALLOC) return `${call}${FAILING}`;
  return call;
}

const FAILING = ' memory failing';
/** Of a kernel write that a call of its own may do. */
const RECORD = ' record';

/** What a store of the kernel may go to, and it will have no reason to tell apart. */
const MEMORY = ['data', 'bss', 'heap', 'stack'];
const IMAGE = ['text', 'rodata'];
/** What may be memory or not, as the processes will have it. */
const OPEN = [...MEMORY, ...IMAGE, 'map', ''];

const isEdge = (place: string): boolean => EDGES.some(edge => edge === place);
const placeOf = (call: string): string => call.split(' ')[1] ?? '';

/** `callOf`, and whether it is one of the kernel's own records. */
function keyOf(tape: Tape, at: number): string {
  const call = callOf(tape, at);
  const [code, , , , length = 0] = tape.words.subarray(at * STRIDE, (at + 1) * STRIDE);
  return code === KWRITE && isRecord(length) ? `${call}${RECORD}` : call;
}

/** The calls that a kernel will have no reason to tell apart from this store of its own. */
function alike(key: string): readonly string[] {
  const [name = '', place = ''] = key.split(' ');
  if (!MEMORY.includes(place)) return [key];
  const way = key.endsWith(RECORD) ? RECORD : '';
  const ends = ['', ' and on', FAILING, ` and on${FAILING}`];
  return MEMORY.flatMap(one => ends.map(end => `${name} ${one}${end}${way}`));
}

/** The calls that are like the one by which the kernel stores in `tape` before its end; none if it is not the only store. */
function kernelStore({ tape, at }: Violation): readonly string[] {
  const stores = Array.from({ length: at }, (_, i) => i).filter(i => {
    const [code, , page = -1] = tape.words.subarray(i * STRIDE, i * STRIDE + 3);
    return code === WRITE_OP || code === KWRITE || (code === WAIT && page >= 0);
  });
  const [only] = stores;
  if (only === undefined || stores.length > 1 || tape.words[only * STRIDE] === WRITE_OP) return [];
  return alike(keyOf(tape, only));
}

/** Counts how often each kind of call was guilty, and takes the known ones out of tapes. */
export class Sparing {
  readonly #guilty = new Map<string, number>();
  readonly #known = new Set<string>();
  /** Is any of those a store that was found by what it left for others to read? */
  #sources = false;

  /**
   * Op `at` of `tape` was guilty; `shortest`: as far as it came down to less. Of wrong bytes that one store of the kernel
   * has put there not who reads them is to be spared, but that store.
   */
  blame({ tape, at, evidence, invariant }: Violation, shortest?: Violation): void {
    if (invariant === 'reply.bytes') {
      for (const call of shortest === undefined ? [] : kernelStore(shortest)) {
        this.#known.add(call);
        this.#sources = true;
      }
      if (this.#sources) return;
    }
    const call = keyOf(tape, at);
    const times = (this.#guilty.get(call) ?? 0) + 1;
    this.#guilty.set(call, times);
    if (times < OFTEN && evidence.culprit === undefined) return;
    this.#known.add(call);
    const place = placeOf(call);
    if (OPEN.includes(place)) return;
    // Where nothing ever may be stored, it does not matter whether there is memory.
    const [name = ''] = call.split(' ');
    for (const end of ['', FAILING]) this.#known.add(`${name} ${place}${end}`);
    if (!isEdge(place)) return;
    const places = EDGES.filter(edge => this.#known.has(`${name} ${edge}`));
    if (places.length >= EDGES_ENOUGH)
      for (const edge of EDGES) for (const end of ['', FAILING]) this.#known.add(`${name} ${edge}${end}`);
  }

  /**
   * `tape` without the calls that are known to go wrong, but for one of them in one run of so many. `ends`: whoever
   * accesses what it must not dies; so who is spared that exits instead, and makes room. Where births are taken, what the unborn
   * would have done is done by the first process, but for ends, and it dies of one access at most.
   */
  spare(tape: Tape, run: number, ends = false): Tape {
    if (this.#known.size === 0) return tape;
    const keys = Array.from({ length: tape.length }, (_, at) => keyNow(tape, at));
    const there = [...new Set(keys.filter(key => this.#known.has(key)))];
    if (there.length === 0) return tape;
    const tried = run % SPARED === 0 ? there[(mix(run) >>> 0) % there.length] : undefined;
    const isKnown = (at: number): boolean => keys[at] !== tried && this.#known.has(keys[at] ?? '');
    // Without the failure the birth goes well, and much that comes after it needs who is born.
    const disarms = (at: number): boolean =>
      isFailingBirth(tape, at, keys[at] ?? '') && isKnown(at) && !this.#known.has(unfailing(keys[at] ?? ''));
    const isSpared = (at: number): boolean => (disarms(at) ? false : isKnown(at) || disarms(at + 1));
    const fatal = ends ? [...keys.keys()].filter(at => isFatal(tape, at, keys[at] ?? '')) : [];
    if (!keys.some((key, at) => isBirthCall(key) && isSpared(at))) {
      const ended = fatal.filter(isSpared);
      const left = endedAt(tape, ended);
      return slice(left, at => !isSpared(at) || ended.includes(at));
    }
    const risked = fatal.filter(at => !isSpared(at));
    const only = risked[(mix(run + 1) >>> 0) % Math.max(1, risked.length)];
    const left = slice(tape, at => !isSpared(at) && (at === only || !risked.includes(at)));
    return mapWords(left, actorWords, () => 0);
  }
}

const unfailing = (key: string): string => key.replace(FAILING, '');

/** Is op `at`, with this key, a birth for which alone memory is to fail? */
const isFailingBirth = (tape: Tape, at: number, key: string): boolean =>
  isBirthCall(key) && key.endsWith(FAILING) && tape.words[(at - 1) * STRIDE] === FAILALLOC;

/**
 * `keyOf`, but for births a failure that was for an earlier op is spent. One in front of a whole tape may be for any op of it.
 */
function keyNow(tape: Tape, at: number): string {
  const key = keyOf(tape, at);
  const { words } = tape;
  const isSpent = words[0] !== FAILALLOC && words[(at - 1) * STRIDE] !== FAILALLOC;
  return isBirthCall(key) && isSpent ? unfailing(key) : key;
}

/** Does op `at`, with this key, end its process where every access is refused so? */
function isFatal(tape: Tape, at: number, key: string): boolean {
  const place = placeOf(key);
  switch (tape.words[at * STRIDE]) {
    case WRITE_OP:
      return IMAGE.includes(place) || !OPEN.includes(place);
    case READ_OP:
      return !OPEN.includes(place);
    default:
      return false;
  }
}

/** `tape` with an exit of whoever performs it in place of each op of `ats`. */
function endedAt(tape: Tape, ats: readonly number[]): Tape {
  const words = tape.words.slice(0, tape.length * STRIDE);
  for (const at of ats) {
    words.fill(0, at * STRIDE + 2, (at + 1) * STRIDE);
    words[at * STRIDE] = EXIT;
  }
  return { ...tape, words };
}

const isBirthCall = (call: string): boolean => isBirth(OPS[call.split(' ', 1)[0] as OpName]?.code);

/** Who performs op `i`, unless that ends a process. */
const actorWords = (tape: Tape, i: number): readonly number[] =>
  [EXIT, KILL].includes(tape.words[i * STRIDE] ?? EXIT)
    ? []
    : fieldWords(tape, i, ({ name }) => name === 'by');
