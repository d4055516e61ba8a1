// Settling a section: what follows from the changes that it shows is brought up to date, and facts about them are gathered.
import * as shown from '../spec/transcript.ts';
import * as rights from '../spec/world.ts';
import * as columns from './columns.ts';
import { Columns } from './columns.ts';
import { Facts } from './facts.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { COPY_ON_WRITE, PRESENT, REFERS, WRITABLE } = shown;
const { EXECUTE, WRITE } = rights;
const { FRAMES, LISTED, MAPPED_BEFORE, MAPPER, WRITERS } = columns;

/** Indexes are in range by construction, hence the `!` on typed arrays. */
export class Settled extends Columns {
  readonly facts = new Facts(this);
  /** Changed entries whose pages may read otherwise. */
  readonly unread: Int32Array;
  unreadCount = 0;
  /** The section at which each page of each process was compared last, so that none is compared twice. */
  readonly comparedAt: Int32Array;

  /** Has somebody looked at the section in hand? */
  protected settled = true;
  /** Frames that pins came to refer to, or no longer do. */
  protected readonly lent: number[] = [];
  /** Processes of nobody: spaces in a reference that has nothing to say. */
  readonly #nobody: Int32Array;
  readonly #nothing = new Uint8Array(0);

  constructor(pages: number, names: number, wordsPerFrame: number) {
    super(pages, names, wordsPerFrame);
    this.unread = new Int32Array(this.entries.length);
    this.comparedAt = new Int32Array(names * pages);
    this.#nobody = new Int32Array(names).fill(-1);
  }

  override reset(): void {
    super.reset();
    this.settled = true;
  }

  override scatter(): void {
    super.scatter();
    this.settled = true;
  }

  /** Does the section in hand show no change at all? */
  get unchanged(): boolean {
    return (this.entryCount | this.changedCount | this.writtenCount | this.lent.length) === 0;
  }

  /** There is nothing to be settled. */
  pass(): void {
    this.settled = true;
    this.facts.clearEntries();
    this.facts.clearFrames();
  }

  /** Brings up to date what is derived from the section in hand, with nothing to say of facts. */
  settle(): void {
    this.settleFor(this.#nobody, this.#nothing, 0);
  }

  /** The same, with facts: about processes with these spaces, these permissions, and what bits let them execute. */
  settleFor(required: Readonly<Int32Array>, permission: Readonly<Uint8Array>, executing: number): void {
    this.settled = true;
    this.unreadCount = 0;
    if (this.entryCount > 0) this.#settleEntries(required, permission, executing);
    else this.facts.clearEntries();
    const { changed, changedCount, listedAt, epoch } = this;
    for (let i = 0; i < changedCount; i++) if (listedAt[changed[i]!] !== epoch) this.list(changed[i]!);
    if (this.lent.length > 0) for (const frame of this.lent) this.list(frame);
  }

  #settleEntries(required: Readonly<Int32Array>, permission: Readonly<Uint8Array>, executing: number): void {
    const { entries, entriesBefore, bitsBefore, frame, bits, spaceAt, pages } = this;
    const { cells, room, epoch } = this;
    const WRITER = WRITERS * room;
    const MAP = MAPPER * room;
    const LIST = LISTED * room;
    const NAME = FRAMES * room;
    const BEFORE = MAPPED_BEFORE * room;
    const { processOf, users, comparedAt, unread, entryCount } = this;
    let listed = this.frameCount;
    let left = 0;
    let owned = 0;
    let storable = 0;
    let gained = -1;
    let lost = -1;
    let barred = -1;
    let all = 0;
    let kept = 0;
    let sole = 0;
    // The space that the last entry was in: its entries, its process, and where that has them in other arrays.
    let first = 0;
    let end = 0;
    let process = -1;
    let own = -1;
    let toPermission = 0;
    let toMark = 0;
    // Nothing is called in here: the compiler then checks the arrays once and not at every turn.
    for (let i = 0; i < entryCount; i++) {
      const entry = entries[i]!;
      const old = entriesBefore[i]!;
      const had = bitsBefore[i]!;
      const now = frame[entry]!;
      const has = bits[entry]!;
      all |= had | has;
      const was = (had & REFERS) === 0 ? -1 : old;
      const is = (has & REFERS) === 0 ? -1 : now;
      if (was >= 0) {
        if (cells[(LIST + was) | 0] !== epoch) {
          cells[(LIST + was) | 0] = epoch;
          cells[(NAME + listed) | 0] = was;
          cells[(BEFORE + listed) | 0] = cells[was]!;
          listed = (listed + 1) | 0;
        }
        const mappings = cells[was]!;
        sole |= (mappings - 2) >>> 31;
        if (was !== is) cells[was] = mappings - 1;
        if ((had & WRITABLE) !== 0) cells[(WRITER + was) | 0] = cells[(WRITER + was) | 0]! - 1;
      } else sole |= ~old >>> 31;
      if (is >= 0) {
        cells[(MAP + is) | 0] = entry;
        if (was !== is) {
          if (cells[(LIST + is) | 0] !== epoch) {
            cells[(LIST + is) | 0] = epoch;
            cells[(NAME + listed) | 0] = is;
            cells[(BEFORE + listed) | 0] = cells[is]!;
            listed = (listed + 1) | 0;
          }
          const mappings = cells[is]!;
          sole |= -mappings >>> 31;
          cells[is] = mappings + 1;
        }
        if ((has & WRITABLE) !== 0) cells[(WRITER + is) | 0] = cells[(WRITER + is) | 0]! + 1;
      }
      if (entry < first || entry >= end) {
        const space = spaceAt[entry]!;
        first = Math.imul(space, pages);
        end = (first + pages) | 0;
        process = processOf[space]!;
        own = process < 0 ? -1 : required[process]!;
        toPermission = (Math.imul(own, pages) - first) | 0;
        // A space with more users is looked at for each of them.
        toMark = users[space] === 1 ? (Math.imul(process, pages) - first) | 0 : -1 - end;
      }
      if (process < 0) continue;
      if ((has & PRESENT) !== 0 && own >= 0) {
        owned++;
        const may = permission[entry + toPermission]!;
        const stores = (has & (WRITABLE | COPY_ON_WRITE)) !== 0;
        if ((may & WRITE) !== 0) {
          storable++;
          if (!stores && lost < 0) lost = i;
        } else if (stores && gained < 0) gained = i;
        if ((has & executing) !== 0) {
          if ((may & EXECUTE) === 0 && gained < 0) gained = i;
        } else if ((may & EXECUTE) !== 0 && executing !== 0 && barred < 0) barred = i;
      }
      // An entry that maps the frame it mapped before reads as before, unless those bytes changed.
      if (now === old) {
        kept |= has & ~had;
        if (((has ^ had) & PRESENT) === 0) continue;
      }
      const mark = entry + toMark;
      if (mark < 0 || comparedAt[mark] !== epoch) unread[left++] = entry;
    }
    this.frameCount = listed;
    this.unreadCount = left;
    const { facts } = this;
    facts.owned = owned;
    facts.storable = storable;
    facts.gained = gained;
    facts.lost = lost;
    facts.barred = barred;
    facts.bits = all;
    facts.kept = kept;
    facts.sole = sole;
  }
}
