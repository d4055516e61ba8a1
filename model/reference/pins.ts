// Pins of the reference: a device's hold on the bytes of a page, which outlives the mapping and the process.
import * as law from '../../spec/law.ts';
import * as op from '../../spec/op.ts';
import type { Room } from '../../spec/room.ts';
import type { World } from '../../spec/world.ts';
import { EagerMappings } from './mappings.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { IMAGE, SHARED, SHARED_FILE, UNMAPPED } = law;
const { MOST_PINS } = op;

/**
 * A pinned private page moves to a block of the pool, which its entry and the pins share; when the entry lets go, the
 * block belongs to the pins alone and is one frame more. A page of a shared mapping is pinned where it is.
 * Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class EagerPins extends EagerMappings {
  pins = 0;
  readonly pinBlock = this.room.words(MOST_PINS).fill(-1);
  readonly pinEntry = this.room.words(MOST_PINS);
  /** Pins of each block of the pool, and the entry that maps it or -1. */
  protected readonly poolPins = this.room.words(MOST_PINS);
  protected readonly poolOwner = this.room.words(MOST_PINS).fill(-1);
  readonly pinAccess = this.room.bytes(MOST_PINS);

  constructor(world: World, names: number, room: Room) {
    super(world, names, MOST_PINS, room);
  }

  protected override forgetAll(): void {
    super.forgetAll();
    if (this.pins === 0) return;
    this.pins = 0;
    this.pinBlock.fill(-1);
    this.poolPins.fill(0);
    this.poolOwner.fill(-1);
  }

  /** Pins `page` of `space`, which is mapped, under `handle`, which is not in use. */
  pin(space: number, page: number, access: number, handle: number): void {
    const entry = space * this.pages + page;
    const kind = this.kind[entry]!;
    if (kind === SHARED) this.users[this.where[entry]! - this.shared]!++;
    else if (kind !== SHARED_FILE) {
      if (this.where[entry]! < this.pool) this.#lend(space, entry);
      this.poolPins[this.where[entry]! - this.pool]!++;
    }
    this.pins++;
    this.pinBlock[handle] = this.where[entry]!;
    this.pinEntry[handle] = entry;
    this.pinAccess[handle] = access;
  }

  unpin(handle: number): void {
    const block = this.pinBlock[handle]!;
    this.pinBlock[handle] = -1;
    this.pins--;
    if (block >= this.pool) this.#release(block - this.pool);
    else if (block >= this.shared) this.leaveShared(block);
  }

  /** Does the entry it was made at still map the page of pin `handle`? */
  pinOwned(handle: number): boolean {
    const entry = this.pinEntry[handle]!;
    return this.kind[entry] !== UNMAPPED && this.where[entry] === this.pinBlock[handle];
  }

  protected override copy(from: number, to: number): void {
    super.copy(from, to);
    if (this.pins === 0) return;
    const { pageSize } = this;
    const { pages } = this;
    for (let page = 0; page < pages; page++) {
      const block = this.where[from * pages + page]!;
      if (block < this.pool) continue;
      const target = to * pages + page;
      this.where[target] = target;
      this.bytes.copyWithin(target * pageSize, block * pageSize, (block + 1) * pageSize);
    }
  }

  protected override lends(): boolean {
    return this.pins > 0 || super.lends();
  }

  protected override letGo(entry: number): void {
    super.letGo(entry);
    const slot = this.where[entry]! - this.pool;
    if (slot < 0) return;
    this.poolOwner[slot] = -1;
    this.where[entry] = entry;
    this.frames++;
  }

  protected override moveEntry(from: number, to: number): void {
    super.moveEntry(from, to);
    const slot = this.where[to]! - this.pool;
    if (slot >= 0) this.poolOwner[slot] = to;
    for (let handle = 0; this.pins > 0 && handle < MOST_PINS; handle++)
      if (this.pinEntry[handle] === from && this.pinBlock[handle] === this.where[to])
        this.pinEntry[handle] = to;
  }

  /** A private page goes to the pool; one that was not its owner's yet becomes so. */
  #lend(space: number, entry: number): void {
    const { pageSize } = this;
    const slot = this.poolPins.indexOf(0);
    const from = this.where[entry]!;
    const to = this.pool + slot;
    this.bytes.copyWithin(to * pageSize, from * pageSize, (from + 1) * pageSize);
    this.where[entry] = to;
    this.poolOwner[slot] = entry;
    if (this.kind[entry] === IMAGE) this.countOwn(space, entry);
  }

  #release(slot: number): void {
    this.poolPins[slot]!--;
    if (this.poolPins[slot]! > 0) return;
    const owner = this.poolOwner[slot]!;
    if (owner < 0) {
      this.frames--;
      return;
    }
    const { pageSize } = this;
    const from = this.pool + slot;
    this.bytes.copyWithin(owner * pageSize, from * pageSize, (from + 1) * pageSize);
    this.where[owner] = owner;
    this.poolOwner[slot] = -1;
  }
}
