// States that differ in names only are one: the state of machine and reference as words, with names given by first use.
import type { CowMachine } from '../model/cow/machine.ts';
import type { Eager } from '../model/reference/eager.ts';
import * as law from '../spec/law.ts';
import { imageContents } from '../spec/world.ts';
import { Colours } from './colours.ts';
import { Contents } from './contents.ts';
import type { Hash } from './hash.ts';
import { eachOrder } from './orders.ts';
import { Recent } from './recent.ts';
import { Words } from './words.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { NONE } = law;

/** Which names mean nothing. */
export interface Symmetries {
  readonly frames: boolean;
  readonly processes: boolean;
  /** Values that stores write, but for the one that a page holds when it is loaded. */
  readonly values: boolean;
  /** Pages of one segment: as long as nothing that can fail halfway walks them in order. */
  readonly pages: boolean;
  /** Address spaces, apart from who has them: as long as nothing scans them in the order of their numbers. */
  readonly spaces: boolean;
}

/** What the encoding of a state takes for granted of its world. */
export interface Naming {
  readonly symmetries: Symmetries;
  /** The bytes that values are made of, each standing for any other. */
  readonly values: readonly number[];
}

/**
 * Two states with the same words behave alike, but for names: whatever either can do, the other can do under other names.
 * Spaces, free frames and bytes of nobody have no name that anybody could see, with or without symmetries. Among the
 * orders of processes and pages that their colours leave open, the one with the least words is taken: so states that
 * differ in names only have the same words.
 */
export class Canon {
  readonly #machine: CowMachine;
  readonly #symmetries: Symmetries;
  readonly #colours: Colours;
  #words: Words;
  #least: Words;
  #found = false;
  readonly #processes: number[] = [];
  readonly #hash: Hash;
  readonly #recent = new Recent();
  /** All pages in order; the same as their colours have it; and those that may change places, which lie side by side. */
  readonly #pages: readonly number[];
  readonly #ranked: number[];
  readonly #movable: readonly number[];

  constructor(machine: CowMachine, reference: Eager, naming: Naming, hash: Hash) {
    this.#hash = hash;
    this.#machine = machine;
    this.#symmetries = naming.symmetries;
    const { layout, world } = machine;
    this.#pages = layout.segmentOf.map((_, page) => page);
    this.#ranked = [...this.#pages];
    const { start, span } = layout;
    const movable = naming.symmetries.pages ? this.#pages.slice(start.data, start.data + span.data) : [];
    this.#movable = movable.length > 1 ? movable : [];
    const contents = new Contents(
      world.pageSize,
      naming.symmetries.values ? naming.values : [],
      this.#movable.length > 0 ? imageContents(world, layout)[0] : undefined,
    );
    this.#colours = new Colours(machine, this.#movable, contents);
    this.#words = new Words(machine, reference, naming, contents);
    this.#least = new Words(machine, reference, naming, contents);
  }

  /** Writes the 64 bits of the one state that stands for the present one and all that are like it. */
  fingerprint(into: Uint32Array): void {
    const { state } = this.#machine;
    const { processes: alike } = this.#symmetries;
    const processes = this.#processes;
    processes.length = 0;
    for (let p = 0; p < state.length; p++) if (state[p] !== NONE || !alike) processes.push(p);
    const words = this.#words;
    words.write(processes, this.#pages);
    this.#hash.write(words.written, into);
    const some = alike && processes.length > 1;
    // Words in any order tell the whole state, so states that have them in common have one representative.
    if ((!some && this.#movable.length === 0) || this.#recent.find(into)) return;
    const low = into[0]!;
    const high = into[1]!;
    this.#hash.write(this.#ordered(some).written, into);
    this.#recent.keep(low, high, into);
  }

  /** The words of the present state in the order of the colours of its processes and pages. */
  #ordered(some: boolean): Words {
    const processes = this.#processes;
    const pages = this.#ranked;
    const colours = this.#colours;
    colours.paint(processes);
    let ties = some && sortRun(processes, 0, processes.length, colours.process);
    const [first = 0] = this.#movable;
    if (sortRun(pages, first, first + this.#movable.length, colours.page)) ties = true;
    if (ties) return this.#leastOf(processes, pages);
    this.#words.write(processes, pages);
    return this.#words;
  }

  /** Among all orders of what has the same colour, the words that are least. */
  #leastOf(processes: number[], pages: number[]): Words {
    const { process, page } = this.#colours;
    const [first = 0] = this.#movable;
    const end = first + this.#movable.length;
    this.#found = false;
    const eachPage = (): void => eachOrder(pages, first, end, page, this.#compare);
    if (this.#symmetries.processes) eachOrder(processes, 0, processes.length, process, eachPage);
    else eachPage();
    return this.#least;
  }

  readonly #compare = (): void => {
    this.#words.write(this.#processes, this.#ranked);
    if (this.#found && !this.#words.isLess(this.#least)) return;
    [this.#words, this.#least] = [this.#least, this.#words];
    this.#found = true;
  };
}

/** Sorts `list` from `from` to before `end` by colour, then by number; have two of them one colour? */
function sortRun(list: number[], from: number, end: number, colour: Readonly<Int32Array>): boolean {
  let ties = false;
  for (let i = from + 1; i < end; i++) {
    const own = list[i]!;
    let at = i;
    for (; at > from; at--) {
      const other = list[at - 1]!;
      if (colour[other] === colour[own]) ties = true;
      if (colour[other]! < colour[own]! || (colour[other] === colour[own] && other < own)) break;
      list[at] = other;
    }
    list[at] = own;
  }
  return ties;
}
