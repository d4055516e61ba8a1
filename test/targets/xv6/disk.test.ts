// Programs put into an xv6 file system: read back by a reader of its own, and every image that is none refused.
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RigError } from '../../../spec/target.ts';
import { diskFacts, fileOf, withFiles } from '../../../targets/xv6/disk.ts';
import { AT, diskOf, filesOf } from './made-disk.ts';

const text = (length: number, seed = 1): Buffer =>
  Buffer.from(Array.from({ length }, (_, i) => (i * 31 + seed * 7 + (i >> 8)) & 0xff));
const put = (image: Uint8Array, files: Readonly<Record<string, Uint8Array>>, spare?: number): Buffer =>
  Buffer.from(withFiles(image, new Map(Object.entries(files)), spare));

/** Files as their lengths and digests: comparing contents byte by byte is slow. */
const shown = (files: Readonly<Record<string, Uint8Array>>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [
      name,
      `${bytes.length} ${createHash('sha1').update(bytes).digest('hex')}`,
    ]),
  );
const read = (image: Buffer, direct?: number): Record<string, string> => shown(filesOf(image, direct));

function refusal(act: () => unknown): string {
  try {
    act();
  } catch (cause) {
    if (!(cause instanceof RigError)) throw cause;
    return `${cause.code}: ${cause.message}`;
  }
  return 'accepted';
}

describe('files', () => {
  const image = diskOf({ files: { init: text(20_000), sh: text(3000, 2) } });

  test('stand beside those that were there', () => {
    const given = Buffer.from(image);
    const files = { cow0: text(100_000, 3), cow1: text(1, 4), empty: Buffer.alloc(0) };
    expect(read(put(image, files))).toEqual(shown({ init: text(20_000), sh: text(3000, 2), ...files }));
    expect(image.equals(given)).toBe(true);
    expect(fileOf(put(image, files), 'cow1')).toEqual(Uint8Array.from(text(1, 4)));
    expect(fileOf(image, 'cow1')).toBeUndefined();
  });

  test('take the place of those of the same name, and give their blocks back', () => {
    const once = put(image, { cow0: text(100_000, 3) });
    const again = put(once, { cow0: text(100_000, 5), init: text(10) });
    expect(read(again)).toEqual(shown({ init: text(10), sh: text(3000, 2), cow0: text(100_000, 5) }));
    expect(diskFacts(again).free).toBe(diskFacts(once).free + 20);
  });

  test('a file with another name keeps its contents', () => {
    const linked = put(image, {});
    linked.writeUInt16LE(2, AT.inode(2) + 6);
    const root = linked.readUInt32LE(AT.inode(1) + 12) * 1024;
    linked.writeUInt32LE(80, AT.inode(1) + 8);
    linked.writeUInt16LE(2, root + 64);
    linked.write('other', root + 66);
    expect(read(put(linked, { init: text(5) }))).toEqual(
      shown({
        init: text(5),
        sh: text(3000, 2),
        other: text(20_000),
      }),
    );
  });

  test('any files in any order leave a whole file system', () => {
    const name = fc.constantFrom('a', 'b', 'c', 'a-long-name-14');
    const file = fc.tuple(name, fc.nat({ max: 14 * 1024 }), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(fc.array(fc.array(file, { maxLength: 4 }), { maxLength: 4 }), batches => {
        let now: Uint8Array = diskOf({ size: 90, files: { init: text(13_000) } });
        const expected: Record<string, Buffer> = { init: text(13_000) };
        for (const batch of batches) {
          const files = Object.fromEntries(batch.map(([n, length, seed]) => [n, text(length, seed)]));
          now = put(now, files);
          Object.assign(expected, files);
        }
        expect(read(Buffer.from(now))).toEqual(shown(expected));
      }),
      { seed: 6, numRuns: 60 },
    );
  });

  test('a root directory that is full grows by a block', () => {
    const names = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`file${i}`, text(i)]));
    let now = put(diskOf(), names);
    // 64 entries fill a block: here they are taken by names without a file.
    now.writeUInt32LE(1024, AT.inode(1) + 8);
    const root = now.readUInt32LE(AT.inode(1) + 12) * 1024;
    for (let i = 32; i < 64; i++) {
      now.writeUInt16LE(2, root + 16 * i);
      now.write(`again${i}`, root + 16 * i + 2);
    }
    now.writeUInt16LE(33, AT.inode(2) + 6);
    now = put(now, { last: text(9) });
    expect(now.readUInt32LE(AT.inode(1) + 8)).toBe(1040);
    expect(Object.keys(filesOf(now))).toHaveLength(63);
    expect(filesOf(now)['last']).toEqual(text(9));
  });

  test('inodes with fewer direct blocks are recognised by a large file', () => {
    const eleven = diskOf({ direct: 11, files: { init: text(20_000) } });
    expect(diskFacts(eleven).direct).toBe(11);
    expect(read(put(eleven, { cow0: text(50_000) }), 11)).toEqual(
      shown({
        init: text(20_000),
        cow0: text(50_000),
      }),
    );
  });

  test('a transaction that was committed is finished first', () => {
    const pending = Buffer.from(image);
    const target = pending.readUInt32LE(AT.inode(3) + 12);
    pending.writeUInt32LE(1, AT.log);
    pending.writeUInt32LE(target, AT.log + 4);
    text(1024, 9).copy(pending, AT.log + 1024);
    const done = put(pending, { cow0: text(5) });
    expect(done.readUInt32LE(AT.log)).toBe(0);
    expect(filesOf(done)['sh']?.subarray(0, 1024)).toEqual(text(1024, 9));
  });
});

describe('room', () => {
  test('a disk that is too full grows as far as its bitmap reaches', () => {
    const small = diskOf({ size: 60, files: { init: text(15_000) } });
    const grown = put(small, { cow0: text(200_000) }, 64);
    expect(read(grown)).toEqual(shown({ init: text(15_000), cow0: text(200_000) }));
    expect(diskFacts(grown).free).toBe(64);
    expect(refusal(() => put(small, {}, 9000))).toMatchInlineSnapshot(
      `"disk-full: the disk image has no room: 7 of 60 blocks are free, and 9000 are needed; accepted is an xv6 file system as mkfs writes it"`,
    );
  });

  test('a file that is too large, an inode too few, a name that is none', () => {
    const image = diskOf();
    expect(refusal(() => put(image, { cow0: text(269 * 1024) }))).toMatchInlineSnapshot(
      `"disk-large: the disk image holds files of 268 KiB; cow0 has 269 KiB; accepted is an xv6 file system as mkfs writes it"`,
    );
    expect(refusal(() => put(diskOf({ orphans: 38 }), { cow0: text(1) }))).toMatchInlineSnapshot(
      `"disk-full: the disk image has no inode left of 40; accepted is an xv6 file system as mkfs writes it"`,
    );
    for (const name of ['', '.', '..', 'a/b', 'fifteen-letters'])
      expect(refusal(() => put(image, { [name]: text(1) }))).toMatch(/^disk-name: /);
    const device = put(image, { console: text(1) });
    device.writeUInt16LE(3, AT.inode(2));
    expect(refusal(() => put(device, { console: text(1) }))).toMatchInlineSnapshot(
      `"disk-name: the disk image has a directory or device named "console", which is not replaced; accepted is an xv6 file system as mkfs writes it"`,
    );
  });
});

describe('refused', () => {
  const image = diskOf({ files: { init: text(20_000) } });
  const changed = (...words: readonly (readonly [at: number, value: number])[]): Buffer => {
    const copy = Buffer.from(image);
    for (const [at, value] of words) copy.writeUInt32LE(value, at);
    return copy;
  };

  test('what is not an image', () => {
    expect(refusal(() => diskFacts(Buffer.alloc(0)))).toMatchInlineSnapshot(
      `"disk-not: the disk image is empty; accepted is an xv6 file system as mkfs writes it"`,
    );
    expect(refusal(() => diskFacts(Buffer.alloc(4096, '\u001b[2J<b>')))).toMatchInlineSnapshot(
      `"disk-not: the disk image is not one: its second block begins with "2J<b", not with the magic number 0x10203040; accepted is an xv6 file system as mkfs writes it"`,
    );
    expect(refusal(() => diskFacts(Buffer.from('\x7fELF')))).toMatchInlineSnapshot(
      `"disk-not: the disk image is not one: its second block begins with "nothing", not with the magic number 0x10203040; accepted is an xv6 file system as mkfs writes it"`,
    );
  });

  test('what is cut short', () => {
    expect(refusal(() => diskFacts(image.subarray(0, 100_000)))).toMatchInlineSnapshot(
      `"disk-truncated: the disk image is cut short: it has 100000 bytes of 307200; accepted is an xv6 file system as mkfs writes it"`,
    );
  });

  test('what is damaged', () => {
    const said = [
      changed([AT.superblock + 24, 20]),
      changed([AT.inode(1), 2]),
      changed([AT.inode(1) + 12, 9999]),
      changed([AT.inode(1) + 12, 5]),
      changed([AT.log, 31]),
    ].map(damaged => refusal(() => put(damaged, { cow0: text(1) })));
    expect(said).toMatchInlineSnapshot(`
      [
        "disk-damaged: the disk image has a superblock whose parts overlap; accepted is an xv6 file system as mkfs writes it",
        "disk-damaged: the disk image has no root directory where xv6 has it, at inode 1; accepted is an xv6 file system as mkfs writes it",
        "disk-damaged: the disk image refers to block 9999 of 300; accepted is an xv6 file system as mkfs writes it",
        "disk-damaged: the disk image has a root directory without "."; accepted is an xv6 file system as mkfs writes it",
        "disk-damaged: the disk image has 31 blocks in a log of 30; accepted is an xv6 file system as mkfs writes it",
      ]
    `);
  });

  test('whatever is damaged, with an error of its own and no other', () => {
    for (let at = AT.superblock; at < AT.superblock + 32; at += 4)
      for (const value of [0, 1, 31, 2 ** 31, 2 ** 32 - 1])
        refusal(() => put(changed([at, value]), { a: text(20_000) }));
    for (let at = AT.inode(0); at < AT.inode(3); at += 4)
      for (const value of [0, 1, 31, 2 ** 31, 2 ** 32 - 1])
        refusal(() => put(changed([at, value]), { init: text(20_000) }));
  });
});
