// Judgements of what happens to memory beside processes: pins and what devices do through them, swap, merging, huge pages.
import * as law from '../spec/law.ts';
import type { Evidence, Judgement } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import * as reply from '../spec/reply.ts';
import * as rights from '../spec/world.ts';
import { digest } from '../spec/world.ts';
import * as packed from '../spec/tape.ts';
import { handleOf } from '../spec/tape.ts';
import { foreignStore, textOf } from './blame.ts';
import { hexOf, Judge } from './judge.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { PIN, PIN_READ, PIN_WRITE } = op;
const { ABSENT, BYTES, DIGEST, FAULT, FOR_MEMORY, FOR_RANGE, OK, REFUSED, TAKEN } = reply;
const { SHARED, UNMAPPED } = law;
const { DIGEST_ABOVE, READ, WRITE } = rights;
const { STRIDE } = packed;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class DeviceJudge extends Judge {
  protected pin(by: number, page: number, access: number, handle: number): Judgement {
    const { reference } = this;
    if (reference.pinBlock[handle]! >= 0) return this.must(TAKEN, 34);
    this.rule = access === PIN_READ ? 33 : 30;
    const wanted = access === PIN_READ ? READ : WRITE;
    if ((reference.permissionOf(by, page) & wanted) === 0)
      return this.kind === FAULT
        ? 'idle'
        : this.unexpected(12, 'fault: the page may not be accessed that way');
    const space = reference.spaceOf[by]!;
    if (this.kind === OK) {
      reference.pin(space, page, access, handle);
      return 'idle';
    }
    if (this.kind === REFUSED && this.a === FOR_MEMORY) {
      const entry = space * reference.layout.pages + page;
      const own = reference.kind[entry]! < SHARED && reference.counted[entry] === 0;
      return this.excused(own ? 1 : 0, 'a pin was refused for want of memory');
    }
    return this.unexpected(this.rule, 'ok: the page may be pinned');
  }

  protected unpin(handle: number): Judgement {
    if (this.reference.pinBlock[handle]! < 0) return this.must(ABSENT, 34);
    const verdict = this.must(OK, 34);
    if (verdict === 'idle') this.reference.unpin(handle);
    return verdict;
  }

  protected dma(handle: number, offset: number, length: number, value: number): Judgement {
    const { reference } = this;
    const block = reference.pinBlock[handle]!;
    if (block < 0) return this.must(ABSENT, 34);
    const { pageSize } = reference.world;
    this.rule = 34;
    if (offset + length > pageSize)
      return this.kind === REFUSED && this.a === FOR_RANGE
        ? 'idle'
        : this.unexpected(34, 'refused: the range leaves the page');
    const at = block * pageSize + offset;
    if (reference.pinAccess[handle] === PIN_WRITE) {
      if (this.kind !== OK) return this.unexpected(34, 'ok: a write pin may be stored through');
      reference.storeAt(at, length, value);
      return 'held';
    }
    // A pin that shares on may fall behind its own process, and where nobody knows the bytes nobody can be wrong.
    if (this.dialect.readPin === 'shares' || reference.pinUnsettled(handle)) return 'idle';
    if (this.kind === DIGEST && length > DIGEST_ABOVE) {
      const required = digest(reference.bytes, at, length);
      return this.a === required ? 'held' : this.#strayed(handle, hexOf(required), hexOf(this.a), 0, -1);
    }
    if (this.kind !== BYTES || length > DIGEST_ABOVE || this.b !== length)
      return this.unexpected(34, `${length} bytes`);
    const required = reference.bytes.subarray(at, at + length);
    const found = this.seen.bytes.subarray(this.a, this.a + length);
    const wrong = found.findIndex((byte, i) => byte !== required[i]);
    this.rule = 31;
    if (wrong < 0) return 'held';
    return this.#strayed(handle, textOf(required), textOf(found), offset + wrong, found[wrong]!);
  }

  /** Swap, merge and huge-page ops: taken or not, they may not change what anybody can see. */
  protected rearrangement(by: number, page: number): Judgement {
    const { reference } = this;
    const { pages } = reference.layout;
    this.rule = 35;
    const mapped = page < pages && reference.kind[reference.spaceOf[by]! * pages + page] !== UNMAPPED;
    if (!mapped)
      return this.kind === REFUSED && this.a === FOR_RANGE
        ? 'idle'
        : this.unexpected(35, 'refused: nothing is mapped there');
    if (this.kind === REFUSED && this.a === FOR_MEMORY)
      return this.excused(0, 'no frame was left to bring or copy a page to');
    return this.kind === OK ? 'idle' : this.unexpected(35, 'ok: the page is mapped');
  }

  /** A device read something that is not in the page it pinned. Rule 31 if another process put it there, else 30. */
  #strayed(handle: number, required: string, found: string, offset: number, byte: number): Evidence {
    const { reference } = this;
    const { pages } = reference.layout;
    const entry = reference.pinEntry[handle]!;
    const page = entry % pages;
    const store =
      byte < 0
        ? undefined
        : foreignStore(this.tape, this.index, this.seen, page, offset, byte, this.#pinner(handle));
    this.rule = store === undefined ? 30 : 31;
    const name = handleOf(handle);
    return {
      rule: this.rule,
      invariant: 'pins.device-sees-page',
      required: `${name} reads ${required}`,
      found,
      because:
        store === undefined
          ? `${name} refers to a frame that is no longer the one its process reads and writes: they have parted.`
          : `the device reads through ${name} what ${this.name(store)} stored in its own memory.`,
    };
  }

  #pinner(handle: number): number {
    const { words, length } = this.tape;
    for (let i = Math.min(this.index, length) - 1; i >= 0; i--)
      if (words[i * STRIDE] === PIN && words[i * STRIDE + 5] === handle) return words[i * STRIDE + 1]!;
    return -1;
  }
}
