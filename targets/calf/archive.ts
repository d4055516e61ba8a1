// The archive of files that calf has in place of a disk: the host puts it into guest memory before the kernel starts.

/** Physical address where calf looks for it. QEMU: `-device loader,file=ARCHIVE,addr=0x84000000,force-raw=on`. */
export const ARCHIVE_AT = 0x8400_0000;
/** Most files, and most bytes of a name with its final zero: as kernels/calf/node.c has it. */
const MOST = 16;
const NAME = 24;
const HEADER = 16;
const ENTRY = NAME + 8;
const PAGE = 4096;

export interface ArchivedFile {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const paged = (bytes: number): number => Math.ceil(bytes / PAGE) * PAGE;

/** Throws RangeError: too many files, a name too long. */
export function archiveOf(files: readonly ArchivedFile[]): Uint8Array {
  if (files.length > MOST) throw new RangeError(`${files.length} files; calf takes ${MOST}`);
  const start = paged(HEADER + files.length * ENTRY);
  const size = files.reduce((sum, { bytes }) => sum + paged(bytes.length), start);
  const archive = Buffer.alloc(size);
  archive.write('calfdisk', 'latin1');
  archive.writeUInt32LE(files.length, 8);
  archive.writeUInt32LE(size, 12);
  let offset = start;
  for (const [index, { name, bytes }] of files.entries()) {
    const entry = HEADER + index * ENTRY;
    if (Buffer.byteLength(name) >= NAME)
      throw new RangeError(`the name ${name} has more than ${NAME - 1} bytes`);
    archive.write(name, entry);
    archive.writeUInt32LE(offset, entry + NAME);
    archive.writeUInt32LE(bytes.length, entry + NAME + 4);
    archive.set(bytes, offset);
    offset += paged(bytes.length);
  }
  return archive;
}
