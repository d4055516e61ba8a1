// One Sv39 address space: which page is which frame, with what permissions, and the frames of its tables.
import { type Damage, type GuestMemory, hex, PAGE } from './memory.ts';

export const VALID = 1;
export const READ = 2;
export const WRITE = 4;
export const EXECUTE = 8;
export const USER = 16;
/** The bits that Sv39 leaves to the kernel. */
export const RSW = 0x300;
const LEAF = READ | WRITE | EXECUTE;
const MOST_DAMAGE = 8;

/** Reusable: what it holds is that of the last `read`. Frames are indexes from the start of RAM. */
export class Space {
  /** Leaves in order of address: page number (va / 4096), frame, and the low ten bits of the entry. */
  pages = new Int32Array(64);
  frames = new Int32Array(64);
  flags = new Uint16Array(64);
  count = 0;
  /** Frames of the tables, the root first. */
  tables = new Int32Array(16);
  tableCount = 0;
  /** Of those, tables without any entry: a kernel may keep them when memory is given back. */
  emptyCount = 0;
  damage: Damage[] = [];
  readonly #memory: GuestMemory;
  readonly #first: number;
  readonly #total: number;
  readonly #bytes = [0, 1, 2].map(() => new Uint8Array(PAGE));
  readonly #words = this.#bytes.map(bytes => new Uint32Array(bytes.buffer));
  readonly #seen: Int32Array;
  #turn = 0;
  #owner = '';

  /** Frames below `first` are the kernel's image: no table may be there, and no page of a user. */
  constructor(memory: GuestMemory, first: number) {
    this.#memory = memory;
    this.#first = first;
    this.#total = Math.floor(memory.size / PAGE);
    this.#seen = new Int32Array(this.#total);
  }

  /** Walks the table at physical address `root`; `owner` is for the words of damage. Never throws. */
  read(root: number, owner: string): void {
    this.count = 0;
    this.tableCount = 0;
    this.emptyCount = 0;
    this.damage = [];
    this.#turn++;
    this.#owner = owner;
    const frame = (root - this.#memory.base) / PAGE;
    if (!Number.isInteger(frame) || frame < this.#first || frame >= this.#total)
      this.#hurt('a root page table is outside of RAM', `the root of ${owner} is ${hex(root)}`);
    else this.#table(frame, 2, 0);
  }

  /** Index of the leaf of this page number, -1 if it is not mapped. */
  leaf(page: number): number {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const there = this.pages[middle] ?? 0;
      if (there === page) return middle;
      if (there < page) low = middle + 1;
      else high = middle - 1;
    }
    return -1;
  }

  #hurt(what: string, detail: string): void {
    if (this.damage.length < MOST_DAMAGE) this.damage.push({ what, detail });
  }

  #table(frame: number, level: number, above: number): void {
    if (this.#seen[frame] === this.#turn) {
      this.#hurt(
        'a page table is entered twice in one address space',
        `the table at ${hex(this.#memory.base + frame * PAGE)} in ${this.#owner}`,
      );
      return;
    }
    this.#seen[frame] = this.#turn;
    if (this.tableCount === this.tables.length) this.tables = longer(this.tables, Int32Array);
    this.tables[this.tableCount++] = frame;
    const words = this.#words[level] as Uint32Array;
    this.#memory.read(this.#memory.base + frame * PAGE, PAGE, this.#bytes[level]);
    const first = this.#memory.base / PAGE;
    let empty = 1;
    for (let at = 0; at < 1024; at += 2) {
      const low = words[at] as number;
      if ((low & VALID) === 0) continue;
      empty = 0;
      const number = ((words[at + 1] as number) & 0x3fffff) * 2 ** 22 + (low >>> 10) - first;
      const page = above * 512 + (at >> 1);
      if ((low & LEAF) === 0) this.#below(number, level, page, low);
      else if (level > 0)
        this.#hurt(
          'a huge page is mapped in user space',
          `at ${hex(page * PAGE * 512 ** level)} of ${this.#owner}`,
        );
      else if (number < 0 || number >= this.#total)
        this.#hurt(
          'a page is mapped outside of RAM',
          `${hex(page * PAGE)} of ${this.#owner} is ${hex((number + first) * PAGE)}`,
        );
      else if (number < this.#first && (low & USER) !== 0)
        this.#hurt(
          'a user page is mapped to the kernel’s image',
          `${hex(page * PAGE)} of ${this.#owner} is ${hex((number + first) * PAGE)}`,
        );
      else this.#add(page, number, low & 0x3ff);
    }
    this.emptyCount += empty;
  }

  #below(number: number, level: number, page: number, low: number): void {
    const where = `at ${hex(page * PAGE * 512 ** level)} of ${this.#owner}`;
    if (level === 0) this.#hurt('a leaf entry without permissions is valid', `${where}: ${hex(low & 0x3ff)}`);
    else if (number < this.#first || number >= this.#total)
      this.#hurt('a page table is outside of RAM', `${where}: ${hex(number * PAGE + this.#memory.base)}`);
    else this.#table(number, level - 1, page);
  }

  #add(page: number, frame: number, flags: number): void {
    if (this.count === this.pages.length) {
      this.pages = longer(this.pages, Int32Array);
      this.frames = longer(this.frames, Int32Array);
      const more = new Uint16Array(this.flags.length * 2);
      more.set(this.flags);
      this.flags = more;
    }
    this.pages[this.count] = page;
    this.frames[this.count] = frame;
    this.flags[this.count++] = flags;
  }
}

function longer(old: Int32Array, type: typeof Int32Array): Int32Array<ArrayBuffer> {
  const more = new type(old.length * 2);
  more.set(old);
  return more;
}
