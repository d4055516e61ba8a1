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
  WAIT,
  WRITE_OP,
} from '../spec/op.ts';
import { fieldWords, mapWords } from '../properties/fields.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';
import { EDGES } from '../spec/world.ts';
import { slice } from '../properties/shrink.ts';
import type { Violation } from './verdict.ts';

/** A call is known by its third time, or by its first if the target died of it; then it is spared in all runs but one of so many. */
const OFTEN = 3;
const SPARED = 8;
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
  for (let i = 0; i < at; i++) if (words[i * STRIDE] === FAILALLOC) return `${call} memory failing`;
  return call;
}

/** The calls that are like the one by which the kernel stores in `tape` before its end; none if it is not the only store. */
function kernelStore({ tape, at }: Violation): readonly string[] {
  const stores = Array.from({ length: at }, (_, i) => i).filter(i => {
    const [code, , page = -1] = tape.words.subarray(i * STRIDE, i * STRIDE + 3);
    return code === WRITE_OP || code === KWRITE || (code === WAIT && page >= 0);
  });
  const [only] = stores;
  if (only === undefined || stores.length > 1 || tape.words[only * STRIDE] === WRITE_OP) return [];
  const [, place = ''] = callOf(tape, only).split(' ');
  const places = MEMORY.includes(place) ? MEMORY : [place];
  const ends = ['', ' and on', ' memory failing', ' and on memory failing'];
  const name = OP_NAMES[tape.words[only * STRIDE] ?? -1] ?? '?';
  return places.flatMap(one => ends.map(end => `${name} ${one}${end}`));
}

/** What a store of the kernel may go to, and it will have no reason to tell apart. */
const MEMORY = ['data', 'bss', 'heap', 'stack'];

const isEdge = (place: string): boolean => EDGES.some(edge => edge === place);

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
    const call = callOf(tape, at);
    const times = (this.#guilty.get(call) ?? 0) + 1;
    this.#guilty.set(call, times);
    if (times < OFTEN && evidence.culprit === undefined) return;
    this.#known.add(call);
    const [name = '', place = ''] = call.split(' ');
    if (!isEdge(place)) return;
    const places = [...this.#known].filter(
      one => one.startsWith(`${name} `) && isEdge(one.split(' ')[1] ?? ''),
    );
    if (places.length >= EDGES_ENOUGH) for (const edge of EDGES) this.#known.add(`${name} ${edge}`);
  }

  /**
   * `tape` without the calls that are known to go wrong; unchanged in one run of so many. Where that takes the births, what
   * the unborn would have done is done by the first process, but for ends.
   */
  spare(tape: Tape, run: number): Tape {
    if (this.#known.size === 0 || run % SPARED === 0) return tape;
    const calls = Array.from({ length: tape.length }, (_, at) => callOf(tape, at));
    if (!calls.some(call => this.#known.has(call))) return tape;
    const left = slice(tape, at => !this.#known.has(calls[at] ?? ''));
    if (!calls.some(call => isBirthCall(call) && this.#known.has(call))) return left;
    return mapWords(left, actorWords, () => 0);
  }
}

const isBirthCall = (call: string): boolean => isBirth(OPS[call.split(' ', 1)[0] as OpName]?.code);

/** Who performs op `i`, unless that ends a process. */
const actorWords = (tape: Tape, i: number): readonly number[] =>
  [EXIT, KILL].includes(tape.words[i * STRIDE] ?? EXIT)
    ? []
    : fieldWords(tape, i, ({ name }) => name === 'by');
