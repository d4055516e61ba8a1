// What the kernel shows of frames, as root and as anybody.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { View } from '../../properties/view.ts';
import type { Session } from '../../spec/target.ts';
import { EXCLUSIVE, PRESENT, type Transcript, WRITABLE } from '../../spec/transcript.ts';
import { linuxTarget } from '../../targets/linux/target.ts';
import { cache, DATA, isRoot, missing, opened, PAGES, ran, WORLD } from './kernel.ts';

/** What is seen after op `upTo` (0: at the start). */
function viewOf(seen: Transcript, upTo: number): View {
  const view = new View(PAGES, 8, 1024);
  for (let section = 0; section <= upTo; section++) view.apply(seen, section);
  return view;
}

const entry = (view: View, process: number, page: number): number =>
  (view.spaceOf[process] ?? -1) * PAGES + page;
const frame = (view: View, process: number, page: number): number =>
  view.frame[entry(view, process, page)] ?? -1;
const bits = (view: View, process: number, page: number): number =>
  view.bits[entry(view, process, page)] ?? 0;

describe.skipIf(missing !== undefined)('linux', { timeout: 60_000 }, () => {
  describe.skipIf(!isRoot)('frames, as root', () => {
    let session: Session;
    beforeAll(async () => {
      session = await linuxTarget(undefined, { cache }).open(WORLD);
    });
    afterAll(() => session.close());

    const watched = async (text: string): Promise<Transcript> => {
      await session.reset();
      return (await ran(session, text, 'each'))[1];
    };

    test('are shared by fork, broken by one write, and reused by the last owner', async () => {
      const seen = await watched(`
        fork A -> B
        write A data+0 length 1 = 9
        write B data+0 length 1 = 8
        exit B status 0
        write A data+4096 length 1 = 7`);
      const start = viewOf(seen, 0);
      expect(bits(start, 0, DATA)).toBe(PRESENT | WRITABLE | EXCLUSIVE);
      expect(bits(start, 0, 0) & (PRESENT | WRITABLE)).toBe(PRESENT);
      expect(start.count[frame(start, 0, DATA)]).toBe(1);

      const shared = viewOf(seen, 1);
      for (let page = 0; page < PAGES; page++) expect(frame(shared, 1, page)).toBe(frame(shared, 0, page));
      expect([bits(shared, 0, DATA), bits(shared, 1, DATA)]).toEqual([PRESENT, PRESENT]);
      expect(shared.count[frame(shared, 0, DATA)]).toBe(2);

      const broken = viewOf(seen, 2);
      expect(frame(broken, 0, DATA)).not.toBe(frame(shared, 0, DATA));
      expect(frame(broken, 1, DATA)).toBe(frame(shared, 0, DATA));
      expect(frame(broken, 0, DATA + 1)).toBe(frame(shared, 0, DATA + 1));
      expect(bits(broken, 0, DATA)).toBe(PRESENT | WRITABLE | EXCLUSIVE);
      expect(bits(broken, 1, DATA)).toBe(PRESENT | EXCLUSIVE);
      expect(broken.faults).toBe(1);

      const reused = viewOf(seen, 3);
      expect(frame(reused, 1, DATA)).toBe(frame(shared, 0, DATA));
      expect(bits(reused, 1, DATA)).toBe(PRESENT | WRITABLE | EXCLUSIVE);
      expect(reused.faults).toBe(1);

      const alone = viewOf(seen, 4);
      expect(alone.spaceOf[1]).toBe(-1);
      expect(alone.count[frame(alone, 0, DATA + 1)]).toBe(1);
      const last = viewOf(seen, 5);
      expect(frame(last, 0, DATA + 1)).toBe(frame(start, 0, DATA + 1));
      expect(last.faults).toBe(1);
    });

    test('vfork has one memory, exec a new one', async () => {
      const seen = await watched(
        'vfork A -> B\nwrite B data+0 length 1 = 9\nexec B image 1 execve argument 0',
      );
      const borrowed = viewOf(seen, 2);
      expect(borrowed.spaceOf[1]).toBe(borrowed.spaceOf[0]);
      expect(borrowed.count[frame(borrowed, 0, DATA)]).toBe(1);
      const own = viewOf(seen, 3);
      expect(own.spaceOf[1]).not.toBe(own.spaceOf[0]);
      expect(bits(own, 1, DATA + 1)).toBe(0);
      for (let page = DATA; page < PAGES; page++)
        if (bits(own, 1, page) !== 0) expect(frame(own, 1, page)).not.toBe(frame(own, 0, page));
    });

    test('reads and refused stores change nothing and fault on nothing', async () => {
      const seen = await watched(`
        fork A -> B
        read B data+0 length 4096
        kread B data+0 length 8192
        write B text+0 length 1 = 1`);
      for (const op of [2, 3, 4]) {
        const view = viewOf(seen, op);
        expect([op, view.entryCount, view.faults]).toEqual([op, 0, 0]);
      }
    });
  });

  describe.skipIf(!isRoot)('for an unprivileged user', () => {
    const under = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];
    test.each([true, false])('works and says what it cannot see (namespace %s)', async namespace => {
      const session = await opened({ under, namespace });
      expect(session.can.inspects).toMatchObject({
        exclusive: true,
        faults: true,
        frame: false,
        count: false,
      });
      expect(session.can.leftOut.join()).toContain(
        'run as root and outside of unprivileged containers to see them',
      );
      const [told, seen] = await ran(
        session,
        'fork A -> B\nwrite A data+0 length 1 = 9\nread B data+0 length 1\nexec B image 1 execvp argument 2\nexit B status 3\nwait A',
        'each',
      );
      expect(told).toEqual(['forked B 0', 'ok', 'bytes 3f', 'executed 1 2 0', 'ok', 'reaped B 3']);
      expect(bits(viewOf(seen, 1), 0, DATA)).toBe(PRESENT);
      const after = viewOf(seen, 2);
      expect([bits(after, 0, DATA), frame(after, 0, DATA), after.faults]).toEqual([
        PRESENT | EXCLUSIVE,
        -1,
        1,
      ]);
    });
  });
});
