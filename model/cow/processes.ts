// Processes of the COW model: birth, death, who waits for whom, and the space each one uses.
import * as law from '../../spec/law.ts';
import * as reply from '../../spec/reply.ts';
import type { Room } from '../../spec/room.ts';
import type { World } from '../../spec/world.ts';
import { Pins } from './pins.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { ALIVE, NONE, ZOMBIE } = law;
const { ENDED_KILLED } = reply;

/** Parent number of a child of init. */
const INIT = -1;

/** Processes over their address spaces. Indexes are in range by construction, hence the `!` on typed arrays. */
export class Processes extends Pins {
  readonly state: Uint8Array;
  readonly parent: Int32Array;
  readonly spaceOf: Int32Array;
  readonly image: Int32Array;
  readonly ending: Int32Array;
  /** The vfork child a process waits for, -1 none; and whether a kill awaits the end of that. */
  readonly suspendedBy: Int32Array;
  readonly doomed: Uint8Array;
  /** How many processes use each space. */
  readonly users: Int32Array;
  processes = 0;
  readonly #numbers: Int32Array;

  /** Processes whose space changed since `forget`; one may be named twice. */
  readonly moved: Int32Array;
  movedCount = 0;

  /** `names`: how many process numbers a tape uses. */
  constructor(world: World, names: number, into?: Room) {
    super(world, names + 1, into);
    const { room } = this;
    this.parent = room.words(names);
    this.spaceOf = room.words(names);
    this.image = room.words(names);
    this.ending = room.words(names);
    this.suspendedBy = room.words(names);
    this.users = room.words(names + 1);
    this.#numbers = room.words(1);
    this.state = room.bytes(names);
    this.doomed = room.bytes(names);
    this.moved = new Int32Array(names * 4);
    this.reset();
  }

  /** Process 0, a child of init, runs image 0. */
  override reset(): void {
    super.reset();
    const names = this.state.length;
    for (let p = 0; p < names; p++) {
      this.state[p] = NONE;
      this.spaceOf[p] = -1;
      this.suspendedBy[p] = -1;
      this.doomed[p] = 0;
      this.users[p] = 0;
    }
    this.users[names] = 0;
    this.processes = 0;
    this.forget();
    this.begin(0, INIT);
    const space = this.load(0);
    if (space < 0)
      throw new RangeError(
        `a world needs at least ${this.layout.privatePages[0]} frames for its first image`,
      );
    this.image[0] = 0;
    this.attach(0, space);
  }

  override forget(): void {
    super.forget();
    this.movedCount = 0;
  }

  override gather(): void {
    super.gather();
    this.#numbers[0] = this.processes;
  }

  override scatter(): void {
    super.scatter();
    this.processes = this.#numbers[0]!;
  }

  /** Ends `p`: memory back, children to init, zombie until waited for. */
  end(p: number, ended: number): void {
    this.detach(p);
    this.state[p] = ZOMBIE;
    this.ending[p] = ended;
    for (let q = 0; q < this.state.length; q++) {
      if (this.state[q] === NONE || this.parent[q] !== p) continue;
      this.parent[q] = INIT;
      if (this.state[q] === ZOMBIE) this.reap(q);
    }
    if (this.parent[p] === INIT) this.reap(p);
    this.resume(p);
  }

  reap(p: number): void {
    this.state[p] = NONE;
    this.processes--;
  }

  begin(p: number, parent: number): void {
    this.state[p] = ALIVE;
    this.parent[p] = parent;
    this.suspendedBy[p] = -1;
    this.doomed[p] = 0;
    this.processes++;
  }

  attach(p: number, space: number): void {
    this.spaceOf[p] = space;
    this.users[space] = this.users[space]! + 1;
    this.moved[this.movedCount++] = p;
  }

  /** `p` leaves its space; the last one to leave tears it down. */
  detach(p: number): void {
    const space = this.spaceOf[p]!;
    this.spaceOf[p] = -1;
    this.moved[this.movedCount++] = p;
    this.users[space] = this.users[space]! - 1;
    if (this.users[space] === 0) this.closeSpace(space);
  }

  /** The parent that lent its memory to `p` runs on, or meets the kill it had coming. */
  resume(p: number): void {
    const lender = this.parent[p]!;
    if (lender < 0 || this.suspendedBy[lender] !== p) return;
    this.suspendedBy[lender] = -1;
    if (this.doomed[lender] === 1) {
      this.doomed[lender] = 0;
      this.end(lender, ENDED_KILLED);
    }
  }
}
