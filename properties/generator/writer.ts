// Writes random tapes that follow the state of the family: hardly an op is wasted on a refusal.
import * as law from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { OP_NAMES, type OpName } from '../../spec/op.ts';
import type { Tape } from '../../spec/tape.ts';
import type { World } from '../../spec/world.ts';
import { deviceOp, unpin } from './devices.ts';
import { mappingOp } from './mapping.ts';
import { Pen, type WriterOptions } from './pen.ts';
import * as profile from './profile.ts';
import { FSTAT } from '../../spec/record.ts';
import { SHAPES } from './shapes.ts';
import { fork, readAll, type Shape } from './steps.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { CLONE, EXEC, EXIT, FAILALLOC, FORK, KILL, KREAD, KWRITE, MADVISE, MMAP, MPROTECT, MREMAP } = op;
const { MUNMAP, READ_OP, SBRK, UNPIN, VFORK, WAIT, WRITE_OP } = op;
const { ALIVE } = law;
const { AT_LAST_HOLDER, AT_SHARED, ILL_AIMED, RECORDED, SHAPED, SWARMED } = profile;

/** Ops in which an allocation is made to fail, and how many there may be. */
const FAILABLE: readonly (readonly [code: number, most: number])[] = [
  [WRITE_OP, 1],
  [KWRITE, 1],
  [WAIT, 1],
  [SBRK, 3],
  [FORK, 10],
  [EXEC, 24],
];

const WHEEL = 1024;
/** No tape goes without them. */
const ALWAYS_KEPT = (1 << FORK) | (1 << WRITE_OP);

/**
 * One writer per world. `write` fills and returns the same buffer every time: copy the tape to keep it.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class TapeWriter extends Pen {
  readonly #wheel = new Uint8Array(WHEEL);
  /** Ops this tape keeps, a bit a code. */
  #kept = -1;
  readonly #shapes: readonly ((pen: Pen) => void)[];

  constructor(world: World, options: WriterOptions) {
    super(world, options);
    if (!this.#spin(this.#wheel))
      throw new RangeError(`profile ${options.profile} tries none of ${options.ops.join(', ')}`);
    const weights = profile.WEIGHTS[options.profile];
    const tried = (name: OpName): boolean =>
      this.offered.has(op.OPS[name].code) && weights[name] !== undefined;
    const likely = ({ ownEdges }: Shape): number =>
      ownEdges === undefined ? 1 : this.hasOwnEdges ? ownEdges : 0;
    this.#shapes = SHAPES.filter(shape => shape.ops.every(tried)).flatMap(shape =>
      Array.from({ length: likely(shape) }, () => (pen: Pen) => shape.write(pen)),
    );
  }

  /** The tape that (`seed`, `run`) names in this world with these options. */
  write(seed: number, run: number): Tape {
    const { dice, family } = this;
    this.start(seed, run);
    const most = this.#length();
    this.#kept = dice.chance(SWARMED) ? dice.below(0x40000000) | ALWAYS_KEPT : -1;
    let shapeAt = this.#shapes.length > 0 && most >= 30 && dice.chance(SHAPED) ? dice.below(most) : most;
    while (this.length < most && family.livingCount > 0) {
      if (this.length >= shapeAt) {
        dice.pick(this.#shapes)(this);
        shapeAt = most;
        continue;
      }
      this.#one(this.#draw());
    }
    this.#close();
    return { world: this.world, names: this.names, words: this.words, length: this.length };
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
    const ill = dice.below(100) < ILL_AIMED && (family.livingCount > 1 || dice.chance(10));
    // The last process seldom goes: a tape that ends early shows nothing.
    if (family.livingCount === 1 && (code === EXIT || code === KILL) && dice.chance(95))
      code = this.offered.has(FORK) ? FORK : code;
    const by = ill && dice.chance(30) ? dice.below(this.names.length) : this.actor();
    switch (code) {
      case WRITE_OP:
        if (ill) return this.access(WRITE_OP, by, this.badPage(by));
        return this.#aimedWrite(by);
      case FORK:
        return this.#fork(FORK, by, ill);
      case READ_OP:
        if (ill) return this.access(READ_OP, by, this.badPage(by));
        return dice.chance(60)
          ? this.access(READ_OP, this.anyone(), this.lastPage)
          : this.access(READ_OP, by, this.page());
      case EXIT:
        return this.exit(by);
      default:
        return this.#other(code, by, ill);
    }
  }

  #fork(code: number, by: number, ill: boolean): void {
    const { dice, family } = this;
    if (family.processes >= this.world.processes && dice.chance(80)) return this.#makeRoom();
    const child = ill ? dice.below(this.names.length) : family.unused();
    this.fork(by, child < 0 ? dice.below(this.names.length) : child, code);
  }

  /** Apart from the commonest ops, for what is short is compiled into its callers. */
  #other(code: number, by: number, ill: boolean): void {
    const { dice } = this;
    switch (code) {
      case CLONE:
      case VFORK:
        return this.#fork(code, by, ill);
      case EXEC: {
        const images = this.world.images.length;
        return this.exec(by, dice.chance(25) ? images : dice.below(images));
      }
      case WAIT:
        if (this.hasOwnEdges && this.family.zombieOf(by) >= 0 && dice.chance(20))
          return this.waitInto(by, this.badPage(by));
        return this.wait(by, dice.chance(50));
      case KILL:
        return this.kill(by, ill ? dice.below(this.names.length) : this.anyone());
      case KREAD:
        return this.access(KREAD, by, ill ? this.badPage(by) : this.page());
      case KWRITE:
        return this.kernelWrite(by, dice.chance(20) ? this.badPage(by) : this.writablePage(by));
      case MMAP:
      case MUNMAP:
      case MPROTECT:
      case SBRK:
      case MADVISE:
      case MREMAP:
        return mappingOp(this, code, by, ill);
      case FAILALLOC:
        return this.#failing(by, 1 + dice.below(6));
      default:
        return deviceOp(this, code, by, ill);
    }
  }

  /** An allocation that fails, and something that allocates; the belief is that it fails if it comes soon. */
  #failing(by: number, nth: number): void {
    const { dice, family } = this;
    if (this.hasOwnEdges) return this.#failingAny(by);
    this.put(FAILALLOC, nth);
    const child = this.offered.has(FORK) ? family.unused() : -1;
    if (child < 0 || dice.chance(50)) {
      if (this.offered.has(WRITE_OP)) this.#aimedWrite(by);
    } else if (nth > 2) this.fork(by, child);
    else this.put(FORK, by, child);
  }

  /** Of a kernel, each op that allocates, while somebody else shares what it is to copy; the belief is that it fails. */
  #failingAny(by: number): void {
    const { dice, family, offered } = this;
    const [code, most] = FAILABLE[dice.below(FAILABLE.length)]!;
    const page = this.#sharedPage(by);
    if (!family.sharesWritable(by, page)) fork(this, by);
    if (code === WAIT) {
      const child = fork(this, by);
      if (child >= 0) this.exit(child);
    }
    const child = family.unused();
    if (!offered.has(code) || (code === FORK && child < 0)) return this.#aimedWrite(by);
    this.put(FAILALLOC, 1 + dice.below(most));
    switch (code) {
      case FORK:
        return this.put(FORK, by, child);
      case EXEC:
        return this.put(EXEC, by, dice.below(this.world.images.length), 0, 1 + dice.below(999));
      case SBRK:
        return this.put(SBRK, by, 1);
      case WAIT:
        this.put(WAIT, by, page, 0);
        break;
      case KWRITE:
        this.put(
          KWRITE,
          by,
          page,
          0,
          dice.chance(RECORDED) ? FSTAT : 1 + dice.below(this.world.pageSize),
          this.tag(by),
        );
        break;
      default:
        this.access(WRITE_OP, by, page);
    }
    if (offered.has(READ_OP)) readAll(this, page);
  }

  /** A page of `by` that it may store to and somebody shares, if there is one. */
  #sharedPage(by: number): number {
    for (let tries = 0; tries < 4; tries++) {
      const page = this.writablePage(by);
      if (this.family.sharesWritable(by, page)) return page;
    }
    return this.writablePage(by);
  }

  /** The process table is full: somebody is waited for, or ends. */
  #makeRoom(): void {
    const { family, offered } = this;
    for (let i = 0; offered.has(WAIT) && i < family.livingCount; i++) {
      const p = family.living[i]!;
      if (family.acts(p) && family.zombieOf(p) >= 0) return this.wait(p, this.dice.chance(50));
    }
    if (offered.has(EXIT)) this.exit(this.actor());
    else if (offered.has(WRITE_OP)) this.#aimedWrite(this.actor());
  }

  /** A write aimed where it hurts: at shared pages, at pages whose last sharer left, seldom anywhere. */
  #aimedWrite(by: number): void {
    const { dice, family } = this;
    const aim = dice.below(100);
    if (aim < AT_SHARED) {
      for (let tries = 0; tries < 4; tries++) {
        const page = this.writablePage(by);
        if (family.state[by] === ALIVE && family.sharesWritable(by, page))
          return this.access(WRITE_OP, by, page);
        if (tries !== 1) continue;
        const other = this.anyone();
        if (family.acts(other)) by = other;
      }
    } else if (aim < AT_SHARED + AT_LAST_HOLDER && this.lonelyProcess >= 0)
      if (family.acts(this.lonelyProcess)) return this.access(WRITE_OP, this.lonelyProcess, this.lonelyPage);
    this.access(WRITE_OP, by, this.writablePage(by));
  }

  /** Reads everything back where nothing else shows it, then ends everybody: frames must all come home. */
  #close(): void {
    const { family } = this;
    if (this.options.readBack && this.offered.has(READ_OP))
      for (let i = 0; i < family.livingCount; i++)
        for (let page = 0; page < this.layout.pages; page++) {
          const p = family.living[i]!;
          if (family.acts(p) && this.reads(p, page)) this.put(READ_OP, p, page, 0, this.world.pageSize);
        }
    if (this.offered.has(EXIT)) this.#end();
    if (this.offered.has(UNPIN))
      for (let handle = 0; handle < this.pins.length; handle++)
        if (this.pins[handle] === 1) unpin(this, handle);
  }

  /** Everybody exits, the newest first. */
  #end(): void {
    const { dice, family } = this;
    for (let left = family.livingCount; left > 0 && family.livingCount > 0; left--) {
      let index = family.livingCount - 1;
      while (index > 0 && !family.acts(family.living[index]!)) index--;
      const by = family.living[index]!;
      this.put(EXIT, by, dice.below(256));
      if (family.acts(by)) family.end(by);
    }
  }
}
