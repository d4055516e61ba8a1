// Writes single ops onto a tape and follows what they do to the family: who acts, on which page, with what value.
import * as law from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { type Advice, EXEC_VARIANTS, type OpName } from '../../spec/op.ts';
import * as packed from '../../spec/tape.ts';
import { layoutFor, nameOf } from '../../spec/tape.ts';
import * as rights from '../../spec/world.ts';
import { COMMON_EDGES, type Edge, EDGES, type Layout, type World } from '../../spec/world.ts';
import { Dice } from './dice.ts';
import { Family } from './family.ts';
import * as profile from './profile.ts';
import type { Profile } from './profile.ts';
import { RECORDS } from '../../spec/record.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { EXEC, EXIT, FORK, KILL, KWRITE, MOST_PINS, READ_OP, VFORK, WAIT, WRITE_OP } = op;
const { ALIVE } = law;
const { STRIDE } = packed;
const { BY_NEWEST, BY_OLDEST } = profile;
const { READ, WRITE } = rights;

export interface WriterOptions {
  /** Ops the target offers. */
  readonly ops: readonly OpName[];
  /** Advice its madvise takes; absent: `dontneed` alone. */
  readonly advice?: readonly Advice[];
  /** Edges the target has; absent: COMMON_EDGES. */
  readonly edges?: readonly Edge[];
  readonly profile: Profile;
  /** Most ops before the closing reads and exits; a shape may run over. */
  readonly maxOps: number;
  /** Does a refused access kill the process, as far as one knows? */
  readonly refusalKills: boolean;
  /** Close with a read of every page of every process: for targets whose contents no inspection shows. */
  readonly readBack: boolean;
}

/** Extents of an access: four times the whole page, three times some part of it, three times a single byte. */
const EXTENTS = 10;
/** Of those, reads of two bytes at an edge: what a kernel has an agent for may take them for a jump there. */
const FETCHES = 4;
/** By extent a mask of the offset; tables, for the processor cannot foresee what the dice decide. */
const OFFSET_OF = Int32Array.of(0, 0, 0, 0, -1, -1, -1, -1, -1, -1);

/** Rolls of the dice that decide who acts. */
const ROLLS = 256;

/** For each roll an index into `living` processes, oldest first: the newest, the oldest, or anybody, by the profile. */
function turnsOf(living: number): Uint8Array {
  const newest = (ROLLS * BY_NEWEST) / 100;
  const oldest = newest + (ROLLS * BY_OLDEST) / 100;
  const turns = new Uint8Array(ROLLS);
  for (let roll = 0; roll < ROLLS; roll++)
    turns[roll] = roll < newest ? Math.max(0, living - 1) : roll < oldest ? 0 : roll % Math.max(1, living);
  return turns;
}

/** The state of a tape being written. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Pen {
  readonly world: World;
  readonly layout: Layout;
  readonly family: Family;
  readonly dice = new Dice(0, 0);
  readonly options: WriterOptions;
  /** Codes of the ops that may be written. */
  readonly offered: ReadonlySet<number>;
  /** Is each handle in use, as far as one knows? */
  readonly pins = new Uint8Array(MOST_PINS);
  length = 0;

  protected readonly names: readonly string[];
  protected words: Int32Array;
  protected readonly writable: Int32Array;
  protected sequence = 0;
  protected lastPage = 0;
  /** A page whose sharers have just become one: whose (-1: there is none), which. */
  protected lonelyProcess = -1;
  protected lonelyPage = 0;
  readonly #pages: number;
  /** The guard page, which kernels have mapped and share like memory; -1: there is none. */
  readonly #guard: number;
  /** By extent the length of an access; 0: it is drawn. */
  readonly #lengthOf: Int32Array;
  readonly #refusalKills: boolean;
  /** Who acts, as an index into the living, by their number and a roll. */
  readonly #turns: readonly Uint8Array[];

  /** Page numbers of the edges. */
  protected readonly edges: Int32Array;
  /** Does the target name edges of its own, as kernels do? Then what a kernel may get wrong is asked for more. */
  readonly hasOwnEdges: boolean;

  constructor(world: World, options: WriterOptions) {
    this.world = world;
    this.layout = layoutFor(world);
    this.options = options;
    const names = world.processes + 1;
    this.names = Array.from({ length: names }, (_, number) => nameOf(number));
    this.family = new Family(this.layout, names, world.frames ?? Number.POSITIVE_INFINITY);
    const { span } = this.layout;
    const useless = (name: OpName): boolean =>
      ((name === 'mmap' || name === 'mremap') && span.map === 0) || (name === 'sbrk' && span.heap === 0);
    this.offered = new Set(options.ops.filter(name => !useless(name)).map(name => op.OPS[name].code));
    this.words = new Int32Array((options.maxOps + 64) * STRIDE);
    this.#turns = Array.from({ length: names + 1 }, (_, living) => turnsOf(living));
    const { segmentOf, permissions } = this.layout;
    const everWritable = (page: number): boolean =>
      segmentOf[page] === 'map' ||
      segmentOf[page] === 'heap' ||
      permissions.some(pages => ((pages[page] ?? 0) & WRITE) !== 0);
    const writable = [...segmentOf.keys()].filter(everWritable);
    this.writable = Int32Array.from(writable.length > 0 ? writable : [0]);
    this.#pages = this.layout.pages;
    this.#guard = segmentOf.indexOf('guard');
    const { edges: offered = COMMON_EDGES } = options;
    this.edges = Int32Array.from(offered, edge => this.layout.pages + EDGES.indexOf(edge));
    this.hasOwnEdges = offered.some(edge => !COMMON_EDGES.includes(edge));
    const whole = world.pageSize;
    this.#lengthOf = Int32Array.of(whole, whole, whole, whole, 0, 0, 0, 1, 1, 1);
    this.#refusalKills = options.refusalKills;
  }

  /** An empty tape, and the family as it is at the start. */
  protected start(seed: number, run: number): void {
    this.dice.reseed(seed, run);
    this.family.reset();
    this.length = 0;
    this.sequence = 0;
    this.lastPage = this.writable[0]!;
    this.lonelyProcess = -1;
    this.pins.fill(0);
  }

  /** Appends one op; unused words become 0. */
  put(code: number, w1: number, w2 = 0, w3 = 0, w4 = 0, w5 = 0, w6 = 0): void {
    const at = this.length * STRIDE;
    if (at + STRIDE > this.words.length) {
      const longer = new Int32Array(this.words.length * 2);
      longer.set(this.words);
      this.words = longer;
    }
    const words = this.words;
    words[at] = code;
    words[at + 1] = w1;
    words[at + 2] = w2;
    words[at + 3] = w3;
    words[at + 4] = w4;
    words[at + 5] = w5;
    words[at + 6] = w6;
    words[at + 7] = 0;
    this.length++;
  }

  fork(by: number, child: number, code: number = FORK): void {
    const { family } = this;
    this.put(code, by, child);
    if (!family.acts(by) || family.state[child] !== 0 || family.processes >= this.world.processes) return;
    if (code === VFORK) family.vfork(by, child);
    else family.fork(by, child);
  }

  exec(by: number, image: number): void {
    const { dice, family } = this;
    this.put(EXEC, by, image, dice.below(EXEC_VARIANTS.length), 1 + dice.below(999));
    if (family.acts(by) && image < this.world.images.length) family.exec(by, image);
  }

  exit(by: number): void {
    const { family } = this;
    this.put(EXIT, by, this.dice.below(256));
    if (family.acts(by)) this.ends(by);
  }

  kill(by: number, victim: number): void {
    const { family } = this;
    this.put(KILL, by, victim);
    if (family.acts(by) && family.state[victim] === ALIVE && family.suspendedBy[victim]! < 0)
      this.ends(victim);
  }

  wait(by: number, withStatus: boolean): void {
    const { family, dice } = this;
    const page = withStatus && family.state[by] === ALIVE ? this.writablePage(by) : -1;
    const offset = page < 0 ? 0 : dice.below(this.world.pageSize - 3);
    this.put(WAIT, by, page, offset);
    if (!family.acts(by)) return;
    const child = family.zombieOf(by);
    if (child >= 0 && (page < 0 || family.write(by, page))) family.reap(child);
  }

  /** The status goes to a page that must not be stored to: whoever has ended stays. */
  waitInto(by: number, badPage: number): void {
    this.put(WAIT, by, badPage, 0);
  }

  /** A user load or store, or a kernel load, of a random part of `page`. */
  access(code: number, by: number, page: number): void {
    const { dice, family } = this;
    const { pageSize } = this.world;
    const shape = dice.below(EXTENTS);
    let offset = dice.below(pageSize) & OFFSET_OF[shape]!;
    let length = this.#lengthOf[shape]!;
    if (page >= this.#pages) {
      offset = 0;
      length = code === READ_OP && this.hasOwnEdges && shape < FETCHES ? 2 : 1;
    } else if (length === 0) length = 1 + dice.below(pageSize - offset);
    this.put(code, by, page, offset, length, code === WRITE_OP ? this.tag(by) : 0);
    if (!family.acts(by)) return;
    const refused = code === WRITE_OP ? !this.allows(by, page) : code === READ_OP && !this.reads(by, page);
    if (refused) {
      if (this.#refusalKills) this.ends(by);
    } else if (code === WRITE_OP) {
      if (family.write(by, page)) this.lastPage = page;
      else this.ends(by);
    }
  }

  /** Half of them straddle into the next page or the one after. */
  kernelWrite(by: number, page: number): void {
    const { dice } = this;
    const { pageSize } = this.world;
    if (this.hasOwnEdges && dice.chance(profile.RECORDED)) return this.#record(by, page);
    // Of what must be refused a kernel may take the first byte alone.
    const outside = page >= this.#pages || (this.hasOwnEdges && !this.allows(by, page) && dice.chance(50));
    const offset = outside ? 0 : dice.below(pageSize);
    const length =
      !outside && dice.chance(50)
        ? pageSize - offset + 1 + dice.below(pageSize + pageSize / 2)
        : 1 + dice.below(outside ? 1 : pageSize - offset);
    this.#kernelStore(by, page, offset, length);
  }

  /** Some of them straddle. */
  #record(by: number, page: number): void {
    const { dice } = this;
    const { pageSize } = this.world;
    const length = Math.min(dice.pick(RECORDS), pageSize);
    const straddles = page < this.#pages && dice.chance(40);
    const offset = straddles ? pageSize - 1 - dice.below(length - 1) : dice.below(pageSize - length + 1);
    this.#kernelStore(by, page, page < this.#pages ? offset : 0, length);
  }

  #kernelStore(by: number, page: number, offset: number, length: number): void {
    const { family } = this;
    this.put(KWRITE, by, page, offset, length, this.tag(by));
    if (!family.acts(by)) return;
    const last = page + Math.floor((offset + length - 1) / this.world.pageSize);
    for (let p = page; p <= last && this.allows(by, p) && family.write(by, p); p++) this.lastPage = p;
  }

  /** Who acts next: often the newest process, or the oldest; one that is not suspended if there is one. */
  actor(): number {
    const { dice, family } = this;
    const turns = this.#turns[family.livingCount]!;
    for (let tries = 0; tries < 3; tries++) {
      const p = family.living[turns[dice.below(ROLLS)]!]!;
      if (family.acts(p)) return p;
    }
    return this.anyone();
  }

  anyone(): number {
    return this.family.livingCount === 0 ? 0 : this.family.living[this.dice.below(this.family.livingCount)]!;
  }

  writablePage(by: number): number {
    const { dice, writable } = this;
    for (let tries = 0; tries < 4; tries++) {
      const page = writable[dice.below(writable.length)]!;
      if (this.allows(by, page)) return page;
    }
    return writable[0]!;
  }

  /** A page a store must not reach: read-only, guard, hole, or outside. */
  badPage(by: number): number {
    const { dice, edges, layout } = this;
    if (this.hasOwnEdges && this.#guard >= 0 && dice.chance(profile.AT_GUARD)) return this.#guard;
    for (let tries = 0; tries < 4; tries++) {
      const drawn = dice.below(layout.pages + edges.length);
      const page = drawn < layout.pages ? drawn : edges[drawn - layout.pages]!;
      if (!this.allows(by, page)) return page;
    }
    return edges[dice.below(edges.length)]!;
  }

  /** All pages that a store must not reach, each edge and of each segment one, in an order that begins anywhere. */
  badPages(by: number): readonly number[] {
    const { layout, edges } = this;
    const first = (page: number): boolean => layout.segmentOf[page] !== layout.segmentOf[page - 1];
    const inside = [...layout.segmentOf.keys()].filter(page => first(page) && !this.allows(by, page));
    const all = [...inside, ...edges];
    const from = this.dice.below(all.length);
    return [...all.slice(from), ...all.slice(0, from)];
  }

  protected page(): number {
    return this.dice.below(this.layout.pages);
  }

  allows(by: number, page: number): boolean {
    return (this.family.accessOf(by, page) & WRITE) !== 0;
  }

  reads(by: number, page: number): boolean {
    return (this.family.accessOf(by, page) & READ) !== 0;
  }

  /** A value that names its writer and is unlike its neighbours in every byte. */
  tag(by: number): number {
    const n = ++this.sequence;
    return ((n % 255) + 1) | ((by + 1) << 8) | (((n * 7) % 251) << 16) | ((0x80 + (n % 113)) << 24);
  }

  protected ends(p: number): void {
    const { family, dice } = this;
    const page = this.writablePage(p);
    const shared = family.sharers(p, page) === 2;
    family.end(p);
    if (!shared || family.livingCount === 0) return;
    for (let i = 0; i < family.livingCount; i++) {
      const q = family.living[i]!;
      if (family.sharers(q, page) !== 1 || !dice.chance(50)) continue;
      this.lonelyProcess = q;
      this.lonelyPage = page;
    }
  }
}
