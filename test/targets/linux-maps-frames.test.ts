// What the kernel shows of mapped pages: they come on first touch, files are held by the page cache, one fault a page.
import { beforeAll, describe, expect, test } from 'vitest';
import { View } from '../../properties/view.ts';
import { layoutFor } from '../../spec/tape.ts';
import type { Session } from '../../spec/target.ts';
import { EXCLUSIVE, PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { linuxAgent } from '../../targets/linux/build.ts';
import { cache, isRoot, missing, opened, ran, ROOMY } from './kernel.ts';

const { pages: PAGES, start } = layoutFor(ROOMY);
const OWN = PRESENT | EXCLUSIVE | WRITABLE;
const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** Runs ops on `session`; after each, what `look` says of the view. */
async function watch<T>(session: Session, text: string, look: (view: View) => T): Promise<readonly T[]> {
  const [, seen] = await ran(session, text, 'each', ROOMY);
  const view = new View(PAGES, 8, 1024);
  const looks: T[] = [];
  for (let section = 0; section < seen.sections; section++) {
    view.apply(seen, section);
    if (section > 0) looks.push(look(view));
  }
  return looks;
}

const at = (view: View, process: number, page: number): number =>
  (view.spaceOf[process] ?? -1) * PAGES + page;
const bits = (view: View, process: number, page: number): number => view.bits[at(view, process, page)] ?? 0;
const frame = (view: View, process: number, page: number): number =>
  view.frame[at(view, process, page)] ?? -1;

describe.skipIf(missing !== undefined || !isRoot)('linux', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await linuxAgent(cache);
  }, 120_000);

  test.each([
    ['root', undefined, WRITABLE],
    ['an unprivileged user', NOBODY, 0],
  ] as const)('pages come with the first store, a read brings none (%s)', async (_, under, writable) => {
    const session = await opened(under === undefined ? {} : { under }, undefined, ROOMY);
    if (!session.can.ops.includes('mmap'))
      return expect(session.can.leftOut.join()).toContain('before Linux 6.7');
    const { map, heap } = start;
    const looks = await watch(
      session,
      `
        mmap A map+0 pages 2 private rw
        read A map+0 length 1
        write A map+0 length 1 = 1
        fork A -> B
        read B map+4096 length 1
        kwrite B map+4095 length 2 = 1
        write A map+0 length 1 = 2
        sbrk A pages 1
        write A heap+4096 length 1 = 2
        madvise A map+0 pages 1 dontneed
        sbrk A pages -1`,
      view => [
        view.faults,
        bits(view, 0, map),
        bits(view, 1, map),
        bits(view, 1, map + 1),
        bits(view, 0, heap + 1),
      ],
    );
    const own = PRESENT | EXCLUSIVE | writable;
    // A kernel without a zero page gives a load a frame, and the store after it finds it there.
    const taken = session.can.dialect.zeroPages === 'on-load';
    const loaded = taken ? own : 0;
    expect(looks).toEqual([
      [-1, 0, 0, 0, 0],
      [1, loaded, 0, 0, 0],
      [taken ? 0 : 1, own, 0, 0, 0],
      [-1, PRESENT, PRESENT, 0, 0],
      [1, PRESENT, PRESENT, loaded, 0],
      [taken ? 1 : 2, PRESENT | EXCLUSIVE, own, own, 0],
      [1, own, own, own, 0],
      [-1, own, own, own, 0],
      [1, own, own, own, own],
      [-1, 0, own, own, own],
      [-1, 0, own, own, 0],
    ]);
  });

  test('a page of the file is the cache’s until it is written', async () => {
    const session = await opened({}, undefined, ROOMY);
    const page = start.map;
    const looks = await watch(
      session,
      `
        mmap A map+0 pages 1 private-file rw
        fork A -> B
        read A map+0 length 1
        read B map+0 length 1
        write B map+0 length 1 = 1`,
      view => ({
        same: frame(view, 0, page) === frame(view, 1, page),
        held: view.held[frame(view, 0, page)],
        bits: [bits(view, 0, page), bits(view, 1, page)],
        count: view.count[frame(view, 1, page)],
        faults: view.faults,
      }),
    );
    expect(looks.slice(2)).toEqual([
      { same: false, held: 1, bits: [PRESENT, 0], count: undefined, faults: 1 },
      { same: true, held: 1, bits: [PRESENT, PRESENT], count: -1, faults: 1 },
      { same: false, held: 1, bits: [PRESENT, OWN], count: 1, faults: 1 },
    ]);
  });

  test('a shared page is nobody’s own, and its frame may be anybody’s afterwards', async () => {
    const session = await opened({}, undefined, ROOMY);
    const page = start.map;
    const looks = await watch(
      session,
      `
        mmap A map+0 pages 1 shared rw
        write A map+0 length 1 = 1
        fork A -> B
        write B map+0 length 1 = 1
        exit B status 0
        munmap A map+0 pages 1
        mmap A map+0 pages 1 private rw
        write A map+0 length 1 = 1`,
      view => [
        view.faults,
        bits(view, 0, page),
        view.held[frame(view, 0, page)],
        view.count[frame(view, 0, page)],
      ],
    );
    expect([1, 3, 4, 5, 7].map(op => looks[op])).toEqual([
      [1, PRESENT, 1, -1],
      [1, PRESENT, 1, -1],
      [-1, PRESENT, 1, -1],
      [-1, 0, undefined, undefined],
      [1, OWN, 0, 1],
    ]);
  });

  test('mprotect takes the mark and gives it back, and a store faults no more than once', async () => {
    const session = await opened({}, undefined, ROOMY);
    const { data, text } = start;
    const looks = await watch(
      session,
      `
        mprotect A data+0 pages 1 r
        write A data+0 length 1 = 1
        mprotect A data+0 pages 1 rw
        write A data+0 length 1 = 1
        mprotect A text+0 pages 1 rw
        write A text+0 length 1 = 1`,
      view => [view.faults <= 1, bits(view, 0, data), bits(view, 0, text)],
    );
    const read = PRESENT | EXCLUSIVE;
    expect(looks).toEqual([
      [true, read, PRESENT],
      [true, read, PRESENT],
      [true, OWN, PRESENT],
      [true, OWN, PRESENT],
      [true, OWN, PRESENT],
      [true, OWN, OWN],
    ]);
  });
});
