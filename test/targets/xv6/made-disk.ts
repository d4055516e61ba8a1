// An xv6 file system written by hand, and checked block by block, by other code than the code under test.

const BLOCK = 1024;
const INODES = 40;
const LOGS = 30;
const LOG = 2;
const INODE_START = LOG + LOGS;
const BITMAP = INODE_START + Math.ceil(INODES / 16);
const DATA = BITMAP + 1;

export interface MadeDisk {
  /** Blocks in all. */
  readonly size?: number;
  /** Direct blocks of an inode. */
  readonly direct?: number;
  readonly files?: Readonly<Record<string, Uint8Array>>;
  /** Inodes that are taken without any name for them. */
  readonly orphans?: number;
}

/** An image as mkfs lays it out. */
export function diskOf({ size = 300, direct = 12, files = {}, orphans = 0 }: MadeDisk = {}): Buffer {
  const image = Buffer.alloc(size * BLOCK);
  [0x1020_3040, size, size - DATA, INODES, LOGS, LOG, INODE_START, BITMAP].forEach((word, i) =>
    image.writeUInt32LE(word, BLOCK + 4 * i),
  );
  let nextBlock = DATA;
  let nextInode = 1;
  const write = (type: number, contents: Uint8Array, length = contents.length): number => {
    const inode = nextInode++;
    const at = INODE_START * BLOCK + inode * 64;
    image.writeUInt16LE(type, at);
    image.writeUInt16LE(1, at + 6);
    image.writeUInt32LE(length, at + 8);
    let list = 0;
    for (let i = 0; i * BLOCK < contents.length; i++) {
      const block = nextBlock++;
      Buffer.from(contents).copy(image, block * BLOCK, i * BLOCK, (i + 1) * BLOCK);
      if (i === direct) image.writeUInt32LE((list = nextBlock++), at + 12 + 4 * direct);
      image.writeUInt32LE(block, i < direct ? at + 12 + 4 * i : list * BLOCK + 4 * (i - direct));
    }
    return inode;
  };
  const names: [string, number][] = [
    ['.', 1],
    ['..', 1],
  ];
  nextInode = 2;
  for (const [name, contents] of Object.entries(files)) names.push([name, write(2, contents)]);
  for (let i = 0; i < orphans; i++) write(2, new Uint8Array());
  const root = Buffer.alloc(BLOCK);
  names.forEach(([name, inode], i) => {
    root.writeUInt16LE(inode, 16 * i);
    root.write(name, 16 * i + 2, 14, 'latin1');
  });
  nextInode = 1;
  write(1, root, names.length * 16);
  for (let block = 0; block < nextBlock; block++)
    image.writeUInt8(
      image.readUInt8(BITMAP * BLOCK + (block >> 3)) | (1 << (block & 7)),
      BITMAP * BLOCK + (block >> 3),
    );
  return image;
}

/** All files of the root directory. Throws when a block is used twice, or the bitmap is wrong. */
export function filesOf(image: Buffer, direct = 12): Record<string, Buffer> {
  const size = image.readUInt32LE(BLOCK + 4);
  if (size * BLOCK > image.length) throw new Error('superblock says more than there is');
  if (image.readUInt32LE(BLOCK + 8) !== size - DATA) throw new Error('wrong count of data blocks');
  const used = new Set<number>();
  const take = (block: number): number => {
    if (block < DATA || block >= size) throw new Error(`block ${block} is no data block`);
    if (used.has(block)) throw new Error(`block ${block} is used twice`);
    used.add(block);
    return block * BLOCK;
  };
  const links = new Map<number, number>();
  const read = (inode: number, type: number): Buffer => {
    const at = INODE_START * BLOCK + inode * 64;
    if (image.readUInt16LE(at) !== type)
      throw new Error(`inode ${inode} is of type ${image.readUInt16LE(at)}`);
    const length = image.readUInt32LE(at + 8);
    const blocks = Math.ceil(length / BLOCK);
    const list = blocks > direct ? take(image.readUInt32LE(at + 12 + 4 * direct)) : 0;
    const parts = Array.from({ length: blocks }, (_, i) =>
      take(image.readUInt32LE(i < direct ? at + 12 + 4 * i : list + 4 * (i - direct))),
    );
    return Buffer.concat(parts.map(part => image.subarray(part, part + BLOCK))).subarray(0, length);
  };
  const root = read(1, 1);
  const contents = new Map<number, Buffer>();
  const files: Record<string, Buffer> = {};
  for (let at = 0; at < root.length; at += 16) {
    const inode = root.readUInt16LE(at);
    const name = root.toString('latin1', at + 2, at + 16).replace(/\0.*$/s, '');
    if (inode === 0 || name === '.' || name === '..') continue;
    if (name in files) throw new Error(`two entries named ${name}`);
    if (!contents.has(inode)) contents.set(inode, read(inode, 2));
    files[name] = contents.get(inode) ?? Buffer.alloc(0);
    links.set(inode, (links.get(inode) ?? 0) + 1);
  }
  for (const [inode, count] of links)
    if (image.readUInt16LE(INODE_START * BLOCK + inode * 64 + 6) !== count)
      throw new Error(`inode ${inode} has a wrong count of links`);
  for (let block = 0; block < size; block++) {
    const marked = (image.readUInt8(BITMAP * BLOCK + (block >> 3)) & (1 << (block & 7))) !== 0;
    if (marked !== (block < DATA || used.has(block)))
      throw new Error(`the bitmap is wrong for block ${block}`);
  }
  return files;
}

/** Where things are, for tests that damage them; in bytes. */
export const AT = {
  superblock: BLOCK,
  log: LOG * BLOCK,
  inode: (number: number): number => INODE_START * BLOCK + number * 64,
  bitmap: BITMAP * BLOCK,
  data: DATA * BLOCK,
} as const;
