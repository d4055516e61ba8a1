// Pins of the COW model: references of devices to frames, which outlive mappings and processes.
import { SHARED } from '../../spec/law.ts';
import { MOST_PINS, PIN_WRITE } from '../../spec/op.ts';
import { COPY_ON_WRITE, HUGE, LAZY, WRITABLE } from '../../spec/transcript.ts';
import { Backing } from './backing.ts';
import { DONE, NO_MEMORY, NOT_ALLOWED } from './faults.ts';
import { PIN_COPY } from './memory.ts';
import { NO_FRAME } from './spaces.ts';

/**
 * A private page is its owner's alone before it is pinned, and fork copies it: so a pinned frame is never shared, and
 * device and process see one page. Indexes are in range by construction, hence the `!` on typed arrays.
 */
export class Pins extends Backing {
  /** Frame of each handle, -1: not in use; and whether it may be stored through. */
  readonly pinned = this.room.words(MOST_PINS).fill(-1);
  readonly pinAccess = this.room.bytes(MOST_PINS);

  /** Handles taken or given back since `forget`. */
  readonly pinsChanged = new Int32Array(MOST_PINS);
  pinsChangedCount = 0;

  override reset(): void {
    super.reset();
    this.pinned.fill(-1);
  }

  override forget(): void {
    super.forget();
    this.pinsChangedCount = 0;
  }

  /** Pins a page under a handle that is not in use. */
  pin(space: number, page: number, access: number, handle: number): number {
    const outcome = access === PIN_WRITE ? this.makeWritable(space, page) : this.makePinnable(space, page);
    if (outcome !== DONE) return outcome;
    const frame = this.frameAt(space, page);
    this.setPin(handle, frame);
    this.pinAccess[handle] = access;
    this.memory.notePins(frame, 1);
    this.takePin(frame);
    return DONE;
  }

  /** For a read pin: present, and if it is private nobody else's. */
  makePinnable(space: number, page: number): number {
    const frame = this.readable(space, page);
    if (frame < 0) return frame === NO_FRAME ? NO_MEMORY : NOT_ALLOWED;
    const entry = space * this.layout.pages + page;
    if (this.kind[entry]! >= SHARED) return DONE;
    if (!this.isSole(frame)) return this.unshare(entry) ? DONE : NO_MEMORY;
    this.setEntry(entry, frame, this.ownBits(entry));
    return DONE;
  }

  /** A copy for the entry alone, whoever holds the frame beside it. False: no memory. */
  unshare(entry: number): boolean {
    const old = this.frame[entry]!;
    const own = this.memory.allocate(PIN_COPY);
    if (own < 0) return false;
    if ((this.bits[entry]! & HUGE) !== 0) this.splitPage(entry);
    this.copyFrame(old, own);
    this.setEntry(entry, own, this.ownBits(entry));
    this.releaseOld(old);
    return true;
  }

  /** Bits of an entry whose frame nobody else holds, and which is not to be taken. */
  ownBits(entry: number): number {
    return (this.bits[entry]! & ~(COPY_ON_WRITE | LAZY)) | this.bitsFor(entry, WRITABLE);
  }

  unpin(handle: number): void {
    const frame = this.pinned[handle]!;
    this.setPin(handle, -1);
    this.memory.notePins(frame, -1);
    this.dropPin(frame);
  }

  /** The reference that a pin is. */
  takePin(frame: number): void {
    this.memory.take(frame);
  }

  dropPin(frame: number): void {
    this.memory.drop(frame);
  }

  setPin(handle: number, frame: number): void {
    this.pinned[handle] = frame;
    this.pinsChanged[this.pinsChangedCount++] = handle;
  }
}
