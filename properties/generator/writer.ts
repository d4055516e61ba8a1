// Writes random tapes that follow the state of the family: hardly an op is wasted on a refusal.
import { ALIVE } from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { EXEC_VARIANTS, OP_NAMES, type OpName } from '../../spec/op.ts';
import { layoutFor, nameOf, STRIDE, type Tape } from '../../spec/tape.ts';
import { EDGES, type Layout, READ, type World, WRITE } from '../../spec/world.ts';
import { Dice } from './dice.ts';
import { Family } from './family.ts';
import { mappingOp } from './mapping.ts';
import * as profile from './profile.ts';
import { SHAPES } from './shapes.ts';

export interface WriterOptions {
  /** Ops the target offers. */
  readonly ops: readonly OpName[];
  readonly profile: profile.Profile;
  /** Most ops before the closing reads and exits; a shape may run over. */
  readonly maxOps: number;
  /** Does a refused access kill the process, as far as one knows? */
  readonly refusalKills: boolean;
  /** Close with a read of every page of every process: for targets whose contents no inspection shows. */
  readonly readBack: boolean;
}

const WHEEL = 1024;
/** No tape goes without them. */
const ALWAYS_KEPT = (1 << op.FORK) | (1 << op.WRITE_OP);

/**
 * One writer per world. `write` fills and returns the same buffer every time: copy the tape to keep it.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class TapeWriter {
  readonly world: World;
  readonly layout: Layout;
  readonly family: Family;
  readonly dice = new Dice(0, 0);
  readonly options: WriterOptions;
  readonly offered: ReadonlySet<number>;
  length = 0;

  readonly #names: readonly string[];
  #words: Int32Array;
  readonly #wheel: Uint8Array;
  /** Ops this tape keeps, a bit a code. */
  #kept = -1;
  readonly #writable: readonly number[];
  readonly #shapes: readonly ((writer: TapeWriter) => void)[];
  #sequence = 0;
  #lastPage = 0;
  /** A page whose sharers have just become one: whose, which. */
  #lonely: readonly [process: number, page: number] | undefined;

  constructor(world: World, options: WriterOptions) {
    this.world = world;
    this.layout = layoutFor(world);
    this.options = options;
    const names = world.processes + 1;
    this.#names = Array.from({ length: names }, (_, number) => nameOf(number));
    this.family = new Family(this.layout, names, world.frames ?? Number.POSITIVE_INFINITY);
    const { span } = this.layout;
    const useless = (name: OpName): boolean =>
      (name === 'mmap' && span.map === 0) || (name === 'sbrk' && span.heap === 0);
    this.offered = new Set(options.ops.filter(name => !useless(name)).map(name => op.OPS[name].code));
    this.#words = new Int32Array((options.maxOps + 64) * STRIDE);
    this.#wheel = new Uint8Array(WHEEL);
    if (!this.#spin(this.#wheel))
      throw new RangeError(`profile ${options.profile} tries none of ${options.ops.join(', ')}`);
    this.#writable = this.layout.segmentOf.flatMap((_, page) =>
      this.layout.segmentOf[page] === 'map' ||
      this.layout.segmentOf[page] === 'heap' ||
      this.layout.permissions.some(pages => ((pages[page] ?? 0) & WRITE) !== 0)
        ? [page]
        : [],
    );
    this.#shapes = SHAPES.filter(shape => shape.ops.every(name => this.offered.has(op.OPS[name].code))).map(
      shape => (writer: TapeWriter) => shape.write(writer),
    );
  }

  /** The tape that (`seed`, `run`) names in this world with these options. */
  write(seed: number, run: number): Tape {
    const { dice, family } = this;
    dice.reseed(seed, run);
    family.reset();
    this.length = 0;
    this.#sequence = 0;
    this.#lastPage = this.#writable[0] ?? 0;
    this.#lonely = undefined;
    const most = this.#length();
    this.#kept = dice.chance(profile.SWARMED) ? dice.below(0x40000000) | ALWAYS_KEPT : -1;
    let shapeAt =
      this.#shapes.length > 0 && most >= 30 && dice.chance(profile.SHAPED) ? dice.below(most) : most;
    while (this.length < most && family.livingCount > 0) {
      if (this.length >= shapeAt) {
        dice.pick(this.#shapes)(this);
        shapeAt = most;
        continue;
      }
      this.#one(this.#draw());
    }
    this.#close();
    return { world: this.world, names: this.#names, words: this.#words, length: this.length };
  }

  /** Mostly long tapes, since deep states take many ops to reach; one in eight is short. */
  #length(): number {
    const { dice, options } = this;
    const half = options.maxOps >> 1;
    return dice.below(8) === 0 || half === 0
      ? 1 + dice.below(options.maxOps)
      : options.maxOps - dice.below(half);
  }

  /** An op by its weight, among those this tape keeps. */
  #draw(): number {
    for (let tries = 0; tries < 8; tries++) {
      const code = this.#wheel[this.dice.below(WHEEL)]!;
      if (((this.#kept >>> code) & 1) === 1) return code;
    }
    return this.#wheel[this.dice.below(WHEEL)]!;
  }

  /** Fills a wheel so that spinning it draws ops by their weight; false, and nothing done, if none has any. */
  #spin(wheel: Uint8Array): boolean {
    const weights = profile.WEIGHTS[this.options.profile];
    const codes = OP_NAMES.map(name => op.OPS[name].code).filter(code => this.offered.has(code));
    const weight = (code: number): number => weights[OP_NAMES[code]!] ?? 0;
    const total = codes.reduce((sum, code) => sum + weight(code), 0);
    if (total === 0) return false;
    let slot = 0;
    let seen = 0;
    for (const code of codes) {
      seen += weight(code);
      const end = Math.round((seen / total) * WHEEL);
      while (slot < end) wheel[slot++] = code;
    }
    return true;
  }

  #one(code: number): void {
    const { dice, family } = this;
    const ill = dice.below(100) < profile.ILL_AIMED && (family.livingCount > 1 || dice.chance(10));
    // The last process seldom goes: a tape that ends early shows nothing.
    if (family.livingCount === 1 && (code === op.EXIT || code === op.KILL) && dice.chance(95))
      code = this.offered.has(op.FORK) ? op.FORK : code;
    const by = ill && dice.chance(30) ? dice.below(this.#names.length) : this.actor();
    switch (code) {
      case op.FORK:
      case op.CLONE:
      case op.VFORK: {
        if (family.processes >= this.world.processes && dice.chance(80)) return this.#makeRoom();
        const child = ill ? dice.below(this.#names.length) : family.unused();
        return this.fork(by, child < 0 ? dice.below(this.#names.length) : child, code);
      }
      case op.EXEC: {
        const images = this.world.images.length;
        return this.exec(by, dice.chance(25) ? images : dice.below(images));
      }
      case op.EXIT:
        return this.exit(by);
      case op.WAIT:
        return this.wait(by, dice.chance(50));
      case op.KILL:
        return this.kill(by, ill ? dice.below(this.#names.length) : this.anyone());
      case op.READ_OP:
        if (ill) return this.access(op.READ_OP, by, this.badPage(by));
        return dice.chance(60)
          ? this.access(op.READ_OP, this.anyone(), this.#lastPage)
          : this.access(op.READ_OP, by, this.#page());
      case op.WRITE_OP:
        if (ill) return this.access(op.WRITE_OP, by, this.badPage(by));
        return this.#aimedWrite(by);
      case op.KREAD:
        return this.access(op.KREAD, by, ill ? this.badPage(by) : this.#page());
      case op.KWRITE:
        return this.kernelWrite(by, dice.chance(20) ? this.badPage(by) : this.writablePage(by));
      case op.MMAP:
      case op.MUNMAP:
      case op.MPROTECT:
      case op.SBRK:
      case op.MADVISE:
        return mappingOp(this, code, by, ill);
      case op.FAILALLOC:
        return this.#failing(by, 1 + dice.below(6));
    }
  }

  /** An allocation that fails, and something that allocates; the belief is that it fails if it comes soon. */
  #failing(by: number, nth: number): void {
    const { dice, family } = this;
    this.put(op.FAILALLOC, nth);
    const child = this.offered.has(op.FORK) ? family.unused() : -1;
    if (child < 0 || dice.chance(50)) {
      if (this.offered.has(op.WRITE_OP)) this.#aimedWrite(by);
    } else if (nth > 2) this.fork(by, child);
    else this.put(op.FORK, by, child);
  }

  /** The process table is full: somebody is waited for, or ends. */
  #makeRoom(): void {
    const { family, offered } = this;
    for (let i = 0; i < family.livingCount; i++) {
      const p = family.living[i]!;
      if (offered.has(op.WAIT) && family.acts(p) && family.zombieOf(p) >= 0)
        return this.wait(p, this.dice.chance(50));
    }
    if (offered.has(op.EXIT)) this.exit(this.actor());
    else if (offered.has(op.WRITE_OP)) this.#aimedWrite(this.actor());
  }

  /** Appends one op; unused words become 0. */
  put(code: number, w1: number, w2 = 0, w3 = 0, w4 = 0, w5 = 0, w6 = 0): void {
    const at = this.length * STRIDE;
    if (at + STRIDE > this.#words.length) {
      const longer = new Int32Array(this.#words.length * 2);
      longer.set(this.#words);
      this.#words = longer;
    }
    const words = this.#words;
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

  fork(by: number, child: number, code: number = op.FORK): void {
    const { family } = this;
    this.put(code, by, child);
    if (!family.acts(by) || family.state[child] !== 0 || family.processes >= this.world.processes) return;
    if (code === op.VFORK) family.vfork(by, child);
    else family.fork(by, child);
  }

  exec(by: number, image: number): void {
    const { dice, family } = this;
    this.put(op.EXEC, by, image, dice.below(EXEC_VARIANTS.length), 1 + dice.below(999));
    if (family.acts(by) && image < this.world.images.length) family.exec(by, image);
  }

  exit(by: number): void {
    const { family } = this;
    this.put(op.EXIT, by, this.dice.below(256));
    if (family.acts(by)) this.#ends(by);
  }

  kill(by: number, victim: number): void {
    const { family } = this;
    this.put(op.KILL, by, victim);
    if (family.acts(by) && family.state[victim] === ALIVE && family.suspendedBy[victim]! < 0)
      this.#ends(victim);
  }

  wait(by: number, withStatus: boolean): void {
    const { family, dice } = this;
    const page = withStatus && family.state[by] === ALIVE ? this.writablePage(by) : -1;
    const offset = page < 0 ? 0 : dice.below(this.world.pageSize - 3);
    this.put(op.WAIT, by, page, offset);
    if (!family.acts(by)) return;
    const child = family.zombieOf(by);
    if (child >= 0 && (page < 0 || family.write(by, page))) family.reap(child);
  }

  /** A user load or store, or a kernel load, of a random part of `page`. */
  access(code: number, by: number, page: number): void {
    const { dice, family } = this;
    const { pageSize } = this.world;
    const outside = page >= this.layout.pages;
    const shape = dice.below(10);
    const offset = outside || shape < 4 ? 0 : dice.below(pageSize);
    const longest = pageSize - offset;
    const length = outside || shape >= 7 ? 1 : shape < 4 ? pageSize : 1 + dice.below(longest);
    if (code === op.WRITE_OP) {
      this.put(code, by, page, offset, length, this.#tag(by));
      if (family.acts(by) && !outside && this.#allows(by, page)) {
        if (!family.write(by, page)) return this.#ends(by);
        this.#lastPage = page;
      } else if (this.options.refusalKills && family.acts(by)) this.#ends(by);
      return;
    }
    this.put(code, by, page, offset, length);
    if (code === op.READ_OP && this.options.refusalKills && family.acts(by) && !this.#reads(by, page))
      this.#ends(by);
  }

  /** Half of them straddle into the next page or the one after. */
  kernelWrite(by: number, page: number): void {
    const { dice, family } = this;
    const { pageSize } = this.world;
    const outside = page >= this.layout.pages;
    const offset = outside ? 0 : dice.below(pageSize);
    const length =
      !outside && dice.chance(50)
        ? pageSize - offset + 1 + dice.below(pageSize + pageSize / 2)
        : 1 + dice.below(outside ? 1 : pageSize - offset);
    this.put(op.KWRITE, by, page, offset, length, this.#tag(by));
    if (!family.acts(by)) return;
    const last = page + Math.floor((offset + length - 1) / pageSize);
    for (let p = page; p <= last && this.#allows(by, p) && family.write(by, p); p++) this.#lastPage = p;
  }

  /** A write aimed where it hurts: at shared pages, at pages whose last sharer left, seldom anywhere. */
  #aimedWrite(by: number): void {
    const { dice, family } = this;
    const aim = dice.below(100);
    if (aim < profile.AT_SHARED) {
      for (let tries = 0; tries < 4; tries++) {
        const page = this.writablePage(by);
        if (family.state[by] === ALIVE && family.sharers(by, page) >= 2)
          return this.access(op.WRITE_OP, by, page);
        if (tries === 1 && family.acts(this.anyone())) by = this.anyone();
      }
    } else if (aim < profile.AT_SHARED + profile.AT_LAST_HOLDER && this.#lonely !== undefined) {
      const [process, page] = this.#lonely;
      if (family.acts(process)) return this.access(op.WRITE_OP, process, page);
    }
    this.access(op.WRITE_OP, by, this.writablePage(by));
  }

  /** Who acts next: often the newest process, or the oldest; one that is not suspended if there is one. */
  actor(): number {
    const { dice, family } = this;
    for (let tries = 0; tries < 3; tries++) {
      const draw = dice.below(100);
      const index =
        draw < profile.BY_NEWEST
          ? family.livingCount - 1
          : draw < profile.BY_NEWEST + profile.BY_OLDEST
            ? 0
            : dice.below(family.livingCount);
      const p = family.living[index]!;
      if (family.acts(p)) return p;
    }
    return this.anyone();
  }

  anyone(): number {
    return this.family.livingCount === 0 ? 0 : this.family.living[this.dice.below(this.family.livingCount)]!;
  }

  writablePage(by: number): number {
    for (let tries = 0; tries < 4; tries++) {
      const page = this.dice.pick(this.#writable);
      if (this.#allows(by, page)) return page;
    }
    return this.#writable[0]!;
  }

  /** A page a store must not reach: read-only, guard, hole, or outside. */
  badPage(by: number): number {
    const { dice, layout } = this;
    for (let tries = 0; tries < 4; tries++) {
      const page = dice.below(layout.pages + EDGES.length);
      if (!this.#allows(by, page)) return page;
    }
    return layout.pages + dice.below(EDGES.length);
  }

  #page(): number {
    return this.dice.below(this.layout.pages);
  }

  #allows(by: number, page: number): boolean {
    return (this.family.accessOf(by, page) & WRITE) !== 0;
  }

  #reads(by: number, page: number): boolean {
    return (this.family.accessOf(by, page) & READ) !== 0;
  }

  /** A value that names its writer and is unlike its neighbours in every byte. */
  #tag(by: number): number {
    const n = ++this.#sequence;
    return ((n % 255) + 1) | ((by + 1) << 8) | (((n * 7) % 251) << 16) | ((0x80 + (n % 113)) << 24);
  }

  #ends(p: number): void {
    const { family, dice } = this;
    const page = this.writablePage(p);
    const shared = family.sharers(p, page) === 2;
    family.end(p);
    if (!shared || family.livingCount === 0) return;
    for (let i = 0; i < family.livingCount; i++) {
      const q = family.living[i]!;
      if (family.sharers(q, page) === 1 && dice.chance(50)) this.#lonely = [q, page];
    }
  }

  /** Reads everything back where nothing else shows it, then ends everybody: frames must all come home. */
  #close(): void {
    const { family } = this;
    if (this.options.readBack && this.offered.has(op.READ_OP))
      for (let i = 0; i < family.livingCount; i++)
        for (let page = 0; page < this.layout.pages; page++) {
          const p = family.living[i]!;
          if (family.acts(p) && this.#reads(p, page)) this.put(op.READ_OP, p, page, 0, this.world.pageSize);
        }
    if (!this.offered.has(op.EXIT)) return;
    for (let left = family.livingCount; left > 0 && family.livingCount > 0; left--) {
      let index = family.livingCount - 1;
      while (index > 0 && !family.acts(family.living[index]!)) index--;
      this.exit(family.living[index]!);
    }
  }
}
