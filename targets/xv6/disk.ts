// The xv6 file system as a file: puts programs into a copy of an fs.img.
import { RigError } from '../../spec/target.ts';
import { escaped } from '../wire/refusal.ts';

const BLOCK = 1024;
const MAGIC = 0x1020_3040;
const INODE = 64;
const SLOTS = 13;
const ADDRESSES = 12;
const PER_BLOCK = BLOCK / 4;
const ENTRY = 16;
const NAME = 14;
const ROOT = 1;
const DIRECTORY = 1;
const FILE = 2;
const BUILD = 'make fs.img, and give the file that it writes: --disk fs.img';

/** What the superblock says, in blocks unless it says otherwise. */
export interface DiskFacts {
  readonly size: number;
  readonly free: number;
  readonly inodes: number;
  /** Direct blocks of an inode: 12, or fewer where doubly indirect ones were added. */
  readonly direct: number;
  /** Names in the root directory. */
  readonly names: readonly string[];
}

/** Throws RigError for what is not a whole xv6 fs image. */
export function diskFacts(image: Uint8Array): DiskFacts {
  const disk = new Disk(image);
  return {
    size: disk.size,
    free: disk.free,
    inodes: disk.inodes,
    direct: disk.direct,
    names: disk.entries().map(({ name }) => name),
  };
}

/**
 * A copy of `image` with `files` in its root directory, replacing those of the same name, and at least `spare` blocks left
 * free; the copy is longer where the image is too full. Names have 1 to 14 bytes.
 * Throws RigError: not an xv6 fs image, truncated, damaged, no room, file too large.
 */
export function withFiles(image: Uint8Array, files: ReadonlyMap<string, Uint8Array>, spare = 64): Uint8Array {
  const disk = new Disk(image);
  for (const [name, bytes] of files) disk.put(name, bytes);
  disk.reserve(spare);
  return disk.bytes;
}

/** The bytes of a file in the root directory; undefined if there is none of that name. Throws RigError. */
export function fileOf(image: Uint8Array, name: string): Uint8Array | undefined {
  const disk = new Disk(image);
  const entry = disk.entries().find(found => found.name === name);
  return entry === undefined ? undefined : disk.contents(entry.inode);
}

interface Entry {
  readonly name: string;
  readonly inode: number;
  /** Where the directory entry is, in bytes from the start of the image. */
  readonly at: number;
}

class Disk {
  bytes: Uint8Array;
  #view: DataView;
  size: number;
  readonly inodes: number;
  readonly direct: number;
  readonly #inodeStart: number;
  readonly #bitmap: number;
  /** The first block that is neither of the log, an inode nor of the bitmap. */
  readonly #data: number;

  constructor(image: Uint8Array) {
    this.bytes = Uint8Array.from(image);
    this.#view = new DataView(this.bytes.buffer);
    if (image.length < 2 * BLOCK || this.#word(BLOCK) !== MAGIC)
      throw bad(
        'disk-not',
        image.length === 0
          ? 'is empty'
          : `is not one: its second block begins with "${escaped(image.subarray(BLOCK, BLOCK + 4)) || 'nothing'}", not with the magic number 0x10203040`,
      );
    const [size = 0, blocks = 0, inodes = 0, logs = 0, log = 0, inodeStart = 0, bitmap = 0] = Array.from(
      { length: 7 },
      (_, i) => this.#word(BLOCK + 4 + 4 * i),
    );
    this.size = size;
    this.inodes = inodes;
    this.#inodeStart = inodeStart;
    this.#bitmap = bitmap;
    this.#data = size - blocks;
    if (size * BLOCK > image.length)
      throw bad('disk-truncated', `is cut short: it has ${image.length} bytes of ${size * BLOCK}`);
    const sane =
      log >= 2 &&
      log + logs <= inodeStart &&
      inodes > ROOT &&
      inodeStart + Math.ceil((inodes * INODE) / BLOCK) <= bitmap &&
      bitmap < this.#data &&
      this.#data < size;
    if (!sane) throw bad('disk-damaged', 'has a superblock whose parts overlap');
    this.#finishLog(log, logs);
    if (this.#type(ROOT) !== DIRECTORY)
      throw bad('disk-damaged', 'has no root directory where xv6 has it, at inode 1');
    this.direct = this.#findDirect();
    if (this.entries().every(({ name, inode }) => name !== '.' || inode !== ROOT))
      throw bad('disk-damaged', 'has a root directory without "."');
  }

  #word = (at: number): number => this.#view.getUint32(at, true);
  #setWord = (at: number, value: number): void => this.#view.setUint32(at, value, true);

  #inode(number: number): number {
    if (number < 1 || number >= this.inodes)
      throw bad('disk-damaged', `refers to inode ${number} of ${this.inodes}`);
    return this.#inodeStart * BLOCK + number * INODE;
  }
  #type = (inode: number): number => this.#view.getUint16(this.#inode(inode), true);
  #length = (inode: number): number => this.#word(this.#inode(inode) + 8);
  #slot = (inode: number, slot: number): number => this.#inode(inode) + ADDRESSES + 4 * slot;

  /** Puts a transaction in place that was committed but not yet written where it belongs. */
  #finishLog(log: number, logs: number): void {
    const count = this.#word(log * BLOCK);
    if (count === 0) return;
    if (count >= logs) throw bad('disk-damaged', `has ${count} blocks in a log of ${logs}`);
    for (let i = 0; i < count; i++) {
      const to = this.#block(this.#word(log * BLOCK + 4 + 4 * i));
      this.bytes.copyWithin(to, (log + 1 + i) * BLOCK, (log + 2 + i) * BLOCK);
    }
    this.#setWord(log * BLOCK, 0);
  }

  /** Where a block is in the image. */
  #block(number: number): number {
    if (number < 1 || number >= this.size)
      throw bad('disk-damaged', `refers to block ${number} of ${this.size}`);
    return number * BLOCK;
  }

  /** From a file with an indirect block and no doubly indirect one: the last address that it uses is the indirect one. */
  #findDirect(): number {
    for (let inode = 1; inode < this.inodes; inode++) {
      const blocks = Math.ceil(this.#length(inode) / BLOCK);
      const type = this.#type(inode);
      if ((type !== FILE && type !== DIRECTORY) || blocks < SLOTS || blocks > PER_BLOCK) continue;
      let used = SLOTS;
      while (used > 1 && this.#word(this.#slot(inode, used - 1)) === 0) used--;
      return used - 1;
    }
    return SLOTS - 1;
  }

  /** The blocks of a file in order, and the one that lists the indirect ones. */
  #blocksOf(inode: number): { readonly data: readonly number[]; readonly indirect: number | undefined } {
    const count = Math.ceil(this.#length(inode) / BLOCK);
    if (count > this.direct + PER_BLOCK)
      throw bad('disk-large', `has a file of ${count} blocks, with doubly indirect ones`);
    const direct = Math.min(count, this.direct);
    const data = Array.from({ length: direct }, (_, i) => this.#word(this.#slot(inode, i)));
    if (count <= direct) return { data, indirect: undefined };
    const indirect = this.#word(this.#slot(inode, this.direct));
    const list = this.#block(indirect);
    return {
      data: [...data, ...Array.from({ length: count - direct }, (_, i) => this.#word(list + 4 * i))],
      indirect,
    };
  }

  contents(inode: number): Uint8Array {
    const all = Buffer.concat(
      this.#blocksOf(inode).data.map(block =>
        this.bytes.subarray(this.#block(block), this.#block(block) + BLOCK),
      ),
    );
    return Uint8Array.from(all.subarray(0, this.#length(inode)));
  }

  /** The entries of the root directory that name something. */
  entries(): readonly Entry[] {
    return this.#slots().filter(({ inode }) => inode !== 0);
  }

  #slots(): readonly Entry[] {
    const length = this.#length(ROOT);
    return this.#blocksOf(ROOT).data.flatMap((block, i) =>
      Array.from({ length: Math.min(BLOCK, length - i * BLOCK) / ENTRY }, (_, j) => {
        const at = this.#block(block) + j * ENTRY;
        const name = Buffer.from(this.bytes.subarray(at + 2, at + ENTRY));
        const end = name.indexOf(0);
        return {
          at,
          inode: this.#view.getUint16(at, true),
          name: name.toString('latin1', 0, end < 0 ? NAME : end),
        };
      }),
    );
  }

  #isUsed = (block: number): boolean =>
    ((this.bytes[this.#bitmap * BLOCK + (block >> 3)] ?? 0) & (1 << (block & 7))) !== 0;

  #mark(block: number, used: boolean): void {
    const at = this.#bitmap * BLOCK + (block >> 3);
    const bit = 1 << (block & 7);
    const bits = this.bytes[at] ?? 0;
    this.bytes[at] = used ? bits | bit : bits & ~bit;
  }

  get free(): number {
    let free = 0;
    for (let block = this.#data; block < this.size; block++) if (!this.#isUsed(block)) free++;
    return free;
  }

  /** Sees to it that `blocks` are free. The bitmap has room for more blocks than the disk has: the disk may grow to that. */
  reserve(blocks: number): void {
    const wanted = blocks - this.free;
    if (wanted <= 0) return;
    const most = (this.#data - this.#bitmap) * BLOCK * 8;
    if (this.size + wanted > most)
      throw bad(
        'disk-full',
        `has no room: ${this.free} of ${this.size} blocks are free, and ${blocks} are needed`,
      );
    const grown = new Uint8Array((this.size + wanted) * BLOCK);
    grown.set(this.bytes.subarray(0, this.size * BLOCK));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
    for (let block = this.size; block < this.size + wanted; block++) this.#mark(block, false);
    this.size += wanted;
    this.#setWord(BLOCK + 4, this.size);
    this.#setWord(BLOCK + 8, this.size - this.#data);
  }

  /** A zeroed block that was free. */
  #allocate(): number {
    this.reserve(1);
    let block = this.#data;
    while (this.#isUsed(block)) block++;
    this.#mark(block, true);
    this.bytes.fill(0, block * BLOCK, (block + 1) * BLOCK);
    return block;
  }

  put(name: string, contents: Uint8Array): void {
    const bytes = Buffer.from(name, 'latin1');
    if (bytes.length < 1 || bytes.length > NAME || /[/\0]|^\.{1,2}$/.test(name))
      throw bad('disk-name', `cannot hold a file named "${escaped(name)}": a name has 1 to ${NAME} bytes`);
    const count = Math.ceil(contents.length / BLOCK);
    if (count > this.direct + PER_BLOCK)
      throw bad('disk-large', `holds files of ${this.direct + PER_BLOCK} KiB; ${name} has ${count} KiB`);
    const there = this.entries().find(entry => entry.name === name);
    if (there !== undefined) this.#discard(there);
    this.reserve(count + 2);
    const inode = this.#newInode();
    this.#view.setUint16(this.#inode(inode), FILE, true);
    this.#view.setUint16(this.#inode(inode) + 6, 1, true);
    this.#setWord(this.#inode(inode) + 8, contents.length);
    const list = count > this.direct ? this.#allocate() : undefined;
    if (list !== undefined) this.#setWord(this.#slot(inode, this.direct), list);
    for (let i = 0; i < count; i++) {
      const block = this.#allocate();
      this.#setWord(
        i < this.direct ? this.#slot(inode, i) : (list ?? 0) * BLOCK + 4 * (i - this.direct),
        block,
      );
      this.bytes.set(contents.subarray(i * BLOCK, (i + 1) * BLOCK), block * BLOCK);
    }
    const at = this.#newEntry();
    this.#view.setUint16(at, inode, true);
    this.bytes.fill(0, at + 2, at + ENTRY);
    this.bytes.set(bytes, at + 2);
  }

  /** Takes the name away, and the file if that was its last name. */
  #discard({ inode, name, at }: Entry): void {
    if (this.#type(inode) !== FILE)
      throw bad('disk-name', `has a directory or device named "${escaped(name)}", which is not replaced`);
    this.bytes.fill(0, at, at + ENTRY);
    const links = this.#inode(inode) + 6;
    const left = this.#view.getUint16(links, true) - 1;
    this.#view.setUint16(links, left, true);
    if (left > 0) return;
    const { data, indirect } = this.#blocksOf(inode);
    for (const block of indirect === undefined ? data : [...data, indirect]) {
      this.#block(block);
      this.#mark(block, false);
    }
    this.bytes.fill(0, this.#inode(inode), this.#inode(inode) + INODE);
  }

  #newInode(): number {
    for (let inode = 1; inode < this.inodes; inode++)
      if (this.#type(inode) === 0) {
        this.bytes.fill(0, this.#inode(inode), this.#inode(inode) + INODE);
        return inode;
      }
    throw bad('disk-full', `has no inode left of ${this.inodes}`);
  }

  /** Where a new entry of the root directory may stand; the directory grows by one if need be. */
  #newEntry(): number {
    const empty = this.#slots().find(({ inode }) => inode === 0);
    if (empty !== undefined) return empty.at;
    const length = this.#length(ROOT);
    const blocks = length / BLOCK;
    if (Number.isInteger(blocks)) {
      if (blocks >= this.direct) throw bad('disk-full', `has a root directory of ${blocks} blocks`);
      this.#setWord(this.#slot(ROOT, blocks), this.#allocate());
    }
    this.#setWord(this.#inode(ROOT) + 8, length + ENTRY);
    return this.#block(this.#word(this.#slot(ROOT, Math.floor(blocks)))) + (length % BLOCK);
  }
}

function bad(code: string, what: string): RigError {
  return new RigError(
    code,
    `the disk image ${what}; accepted is an xv6 file system as mkfs writes it`,
    BUILD,
  );
}
