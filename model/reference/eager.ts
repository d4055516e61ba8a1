// The reference: fork copies every byte at once. Processes here, their memory in memory.ts; short enough to be checked by eye.
import * as law from '../../spec/law.ts';
import type { ReadonlyReference } from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import { Room, type Stateful } from '../../spec/room.ts';
import type { World } from '../../spec/world.ts';
import { EagerAdvice } from './advice.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { MADVISE, MMAP, MPROTECT, MREMAP, MUNMAP } = op;
const { ALIVE, IMAGE, NONE, ZOMBIE } = law;

/** Parent number of a child of init. */
export const INIT = -1;

/**
 * Processes by number, one address space each (space p belongs to process p; a vfork child uses its parent's).
 * There is no memory limit here: `frames` says what eager copying holds, the judge decides what that excuses.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Eager extends EagerAdvice implements ReadonlyReference, Stateful {
  readonly state: Uint8Array;
  readonly parent: Int32Array;
  readonly spaceOf: Int32Array;
  readonly suspendedBy: Int32Array;
  readonly image: Int32Array;
  processes = 0;

  readonly #ending: Int32Array;
  /** A kill that waits for the end of a suspension. */
  readonly #doomed: Uint8Array;
  /** Frames of a zombie that come back only at wait. */
  readonly #owed: Int32Array;
  readonly #numbers: Int32Array;
  /** Is the memory of a zombie kept until it is waited for? */
  readonly releasesAtWait: boolean;

  /** `room`: where all is kept that is remembered from op to op. */
  constructor(world: World, names: number, releaseAtWait: boolean, room = new Room()) {
    super(world, names, room);
    this.parent = room.words(names);
    this.spaceOf = room.words(names);
    this.suspendedBy = room.words(names);
    this.image = room.words(names);
    this.#ending = room.words(names);
    this.#owed = room.words(names);
    this.#numbers = room.words(1);
    this.state = room.bytes(names);
    this.#doomed = room.bytes(names);
    this.releasesAtWait = releaseAtWait;
    this.reset();
  }

  /** Only process 0, a child of init, running image 0. */
  reset(): void {
    this.state.fill(NONE);
    this.spaceOf.fill(-1);
    this.suspendedBy.fill(-1);
    this.#doomed.fill(0);
    this.#owed.fill(0);
    this.forgetAll();
    this.processes = 0;
    this.#begin(0, INIT);
    this.#run(0, 0);
  }

  fork(p: number, child: number): void {
    this.#begin(child, p);
    this.image[child] = this.image[p]!;
    this.copy(this.spaceOf[p]!, child);
    this.spaceOf[child] = child;
  }

  /** `p` is suspended until the child execs or ends. */
  vfork(p: number, child: number): void {
    this.#begin(child, p);
    this.spaceOf[child] = this.spaceOf[p]!;
    this.image[child] = this.image[p]!;
    this.suspendedBy[p] = child;
  }

  exec(p: number, image: number): void {
    if (this.borrows(p)) this.#giveBack(p);
    else this.drop(this.spaceOf[p]!);
    this.#run(p, image);
  }

  /** `p` ends with `ending`: its children go to init, which waits for zombies at once. */
  end(p: number, ending: number): void {
    const borrowed = this.borrows(p);
    const space = this.spaceOf[p]!;
    this.spaceOf[p] = -1;
    this.state[p] = ZOMBIE;
    this.#ending[p] = ending;
    if (!borrowed) {
      const before = this.frames;
      this.drop(space);
      if (this.releasesAtWait) this.#owe(p, before - this.frames);
    }
    const { state, parent } = this;
    for (let q = 0; q < parent.length; q++) {
      if (parent[q] !== p || state[q] === NONE) continue;
      parent[q] = INIT;
      if (state[q] === ZOMBIE) this.reap(q);
    }
    if (this.parent[p] === INIT) this.reap(p);
    if (borrowed) this.#resume(p);
  }

  /** At once, or when the suspension of `victim` ends. */
  kill(victim: number, ending: number): void {
    if (this.suspendedBy[victim]! >= 0) {
      this.#doomed[victim] = 1;
      this.#ending[victim] = ending;
    } else this.end(victim, ending);
  }

  /** A waited-for zombie is gone. */
  reap(p: number): void {
    this.state[p] = NONE;
    this.processes--;
    this.frames -= this.#owed[p]!;
    this.#owed[p] = 0;
  }

  ending(p: number): number {
    return this.#ending[p]!;
  }

  /** Does `p` use the memory of its suspended parent? */
  borrows(p: number): boolean {
    return this.parent[p]! >= 0 && this.suspendedBy[this.parent[p]!] === p;
  }

  /** Permission bits of a page of `p`; 0 outside the address space. */
  permissionOf(p: number, page: number): number {
    return page < 0 || page >= this.pages ? 0 : this.permission[this.spaceOf[p]! * this.pages + page]!;
  }

  /** Has `p` this page from its image, to read only? */
  isText(p: number, page: number): boolean {
    return page >= 0 && page < this.pages && this.kind[this.spaceOf[p]! * this.pages + page] === IMAGE;
  }

  /** Where byte `offset` of `page` of `p` lies in `bytes`. */
  place(p: number, page: number, offset: number): number {
    return this.where[this.spaceOf[p]! * this.pages + page]! * this.pageSize + offset;
  }

  /** How many frames a copy of `p` takes. */
  privatePages(p: number): number {
    return this.copySize(this.spaceOf[p]!);
  }

  /** Fills a range of `p`; it may straddle pages. */
  fill(p: number, page: number, offset: number, length: number, value: number): void {
    this.store(this.spaceOf[p]!, page, offset, length, value);
  }

  /** The mapping op with packed operands `a` to `e` behind the actor, on a range that it takes. */
  remap(code: number, p: number, a: number, c: number, d: number, e: number): void {
    const space = this.spaceOf[p]!;
    if (code === MMAP) this.map(space, a, c, d, e);
    else if (code === MUNMAP) this.unmap(space, a, c);
    else if (code === MPROTECT) this.protect(space, a, c, d);
    else if (code === MADVISE) this.advise(space, a, c, d, this.image[p]!);
    else if (code === MREMAP) this.move(space, a, c, d);
    else this.moveBreak(space, a);
  }

  override gather(): void {
    super.gather();
    this.#numbers[0] = this.processes;
  }

  override scatter(): void {
    super.scatter();
    this.processes = this.#numbers[0]!;
  }

  #begin(p: number, parent: number): void {
    this.state[p] = ALIVE;
    this.parent[p] = parent;
    this.#doomed[p] = 0;
    this.suspendedBy[p] = -1;
    this.processes++;
  }

  #run(p: number, image: number): void {
    this.spaceOf[p] = p;
    this.image[p] = image;
    this.load(p, image);
  }

  #owe(p: number, frames: number): void {
    this.#owed[p] = frames;
    this.frames += frames;
  }

  #giveBack(p: number): void {
    this.spaceOf[p] = -1;
    this.#resume(p);
  }

  /** The parent that lent its memory to `p` runs on, or meets the kill it had coming. */
  #resume(p: number): void {
    const lender = this.suspendedBy.indexOf(p);
    if (lender < 0) return;
    this.suspendedBy[lender] = -1;
    if (this.#doomed[lender] === 1) {
      this.#doomed[lender] = 0;
      this.end(lender, this.#ending[lender]!);
    }
  }
}
