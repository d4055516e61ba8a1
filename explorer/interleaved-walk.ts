// Interleaved steps to be walked through: page tables, frames, locks, and what each processor does and has cached.
import { inHand } from '../properties/interleaved/law.ts';
import { INTERLEAVED_LAWS } from '../properties/interleaved/laws.ts';
import type { Breach } from '../properties/examiner.ts';
import {
  BUILT,
  DEAD,
  ENDING,
  entryTo,
  frameOf,
  frameWord,
  type Interleaving,
  LIVE,
  pageWord,
  valueWord,
  WRITABLE,
} from '../spec/interleaving.ts';
import { nameOf } from '../spec/tape.ts';
import { type InterleavingOptions, InterleavingSpace } from './interleavings.ts';
import { wordsOf } from './schedule.ts';
import type { MoveWords, Walkable, WalkCpu, WalkFrame, WalkPage, WalkState } from './walkable.ts';

const LIVES: Readonly<Record<number, string>> = {
  [BUILT]: 'being made',
  [LIVE]: 'alive',
  [ENDING]: 'ending',
};

export class InterleavedWalk extends InterleavingSpace implements Walkable<Uint8Array> {
  readonly laws: number;
  breach: Breach | undefined;
  #answer = '';
  readonly #judges: NonNullable<InterleavingOptions['laws']>;

  constructor(options: InterleavingOptions) {
    super(options);
    this.#judges = options.laws ?? INTERLEAVED_LAWS;
    this.laws = this.#judges.length;
  }

  override make(move: number): string | undefined {
    const broke = super.make(move);
    this.breach = broke === undefined ? undefined : this.#broken();
    const cpu = this.machine.cpuOf(move);
    this.#answer = `CPU ${cpu}: ${doing(this.machine, cpu, this.#next(cpu))}`;
    return broke;
  }

  override restore(mark: Uint8Array): void {
    super.restore(mark);
    this.breach = undefined;
  }

  /** What the processor of the last move is at now. */
  get answer(): string {
    return this.#answer;
  }

  words(move: number): MoveWords {
    const { cpu, does, page, value, process, frame } = wordsOf(this.machine, move);
    const running = this.machine.running[cpu]! - 1;
    const about = [
      ...(page === undefined ? [] : [`${nameOf(running)}.${page}`]),
      ...(value === undefined ? [] : [`= ${value}`]),
      ...(process === undefined ? [] : [process]),
      ...(frame === undefined ? [] : [`f${frame}`]),
    ];
    const step = [cpu, does.replaceAll(/\W+/g, '_'), page, value, process, frame];
    return {
      text: [`CPU ${cpu}: ${does}`, ...about].join(' '),
      step: step.filter(word => word !== undefined).join('.'),
    };
  }

  describe(): WalkState {
    const state = this.machine;
    const spaces = [...state.life.keys()].filter(space => state.life[space] !== DEAD);
    return {
      processes: spaces.map(space => ({
        name: nameOf(space),
        state: `${LIVES[state.life[space]!] ?? 'unknown'}, lock ${state.locked[space] === 1 ? 'taken' : 'free'}`,
        pages: Array.from({ length: state.scope.pages }, (_, page) => onePage(state, space, page)),
      })),
      frames: Array.from({ length: state.zero + 1 }, (_, frame) => oneFrame(state, frame)),
      cpus: Array.from({ length: state.scope.cpus }, (_, cpu) => oneCpu(state, cpu, this.#next(cpu))),
      totals: [],
    };
  }

  #broken(): Breach | undefined {
    for (const { id, judge } of this.#judges) {
      const judgement = judge(this.machine);
      if (typeof judgement === 'object') return { invariant: id, evidence: judgement };
    }
    return undefined;
  }

  /** The step that a processor in the kernel does next. */
  #next(cpu: number): string {
    const { code, at } = this.machine;
    return code.steps[at[cpu]!]!.name;
  }
}

function doing(state: Interleaving, cpu: number, next: string): string {
  const running = state.running[cpu]!;
  const who = running === 0 ? 'runs nothing' : `runs ${nameOf(running - 1)}`;
  if (state.at[cpu] === 0) return who;
  return `${who}, in the kernel, ${state.waits(cpu) ? 'waits for' : 'next'}: ${next}`;
}

function onePage(state: Interleaving, space: number, page: number): WalkPage {
  const place = space * state.scope.pages + page;
  const entry = state.entry[place]!;
  // An absent page reads the zero frame.
  const frame = entry === 0 ? state.zero : frameOf(entry);
  const held = valueWord(state, state.content[frame]!);
  const eager = valueWord(state, state.reference[place]!);
  return {
    at: String(page),
    permission: 'rw',
    kind: 'private',
    ...(entry === 0 ? {} : { frame }),
    bits: [
      ...(entry === 0 ? [] : ['present', (entry & WRITABLE) === 0 ? 'copy-on-write' : 'writable']),
      ...(state.pinned[place] === 0 ? [] : [`pinned ${frameWord(state, state.pinned[place]! - 1)}`]),
    ],
    bytes: held,
    // In the middle of an op what it changes may be half done.
    ...(held === eager || state.life[space] !== LIVE || inHand(state, space) ? {} : { eager }),
  };
}

function oneFrame(state: Interleaving, number: number): WalkFrame {
  const mapped = [...state.entry.keys()].filter(
    place => state.entry[place] === entryTo(number, 0) || state.entry[place] === entryTo(number, WRITABLE),
  );
  const pinned = [...state.pinned.keys()].filter(place => state.pinned[place] === number + 1);
  return {
    number,
    role: number === state.zero ? 'zero' : 'data',
    free: state.free[number] === 1,
    count: state.count[number]!,
    holders: [
      ...mapped.map(place => `${pageWord(state, place).replace('.', ' ')}`),
      ...pinned.map(place => `a device, for ${pageWord(state, place)}`),
    ],
    bytes: valueWord(state, state.content[number]!),
  };
}

function oneCpu(state: Interleaving, cpu: number, next: string): WalkCpu {
  const { pages } = state.scope;
  const slots = Array.from({ length: pages }, (_, page) => page);
  const running = state.running[cpu]! - 1;
  return {
    name: `CPU ${cpu}`,
    doing: doing(state, cpu, next),
    translations: slots.flatMap(page => {
      const cached = state.cached[cpu * pages + page]!;
      if (cached === 0) return [];
      const writable = (cached & WRITABLE) !== 0;
      return [{ page: `${nameOf(running)} ${page}`, frame: frameOf(cached), writable }];
    }),
  };
}
