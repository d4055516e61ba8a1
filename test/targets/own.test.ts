// Objects of a user's own as targets: what is inferred, and what each method's return means.
import { describe, expect, test } from 'vitest';
import { type CowObject, defineTarget, fuzz, Refused, type World } from '../../index.ts';
import { Transcript } from '../../spec/transcript.ts';
import { said, tape } from '../history.ts';
import { type Page, replies, run, shows, type Store, store, WORLD } from './store.ts';

describe('what it can is what it has', () => {
  test('ops by method, inspection by what the pages show', async () => {
    const few = await defineTarget(store()).open(WORLD);
    expect(few.can.ops).toEqual(['fork', 'exit', 'read', 'write']);
    expect(Object.values(few.can.inspects)).not.toContain(true);
    const { can } = await defineTarget(store({ ...shows, kill: () => {}, used: () => 0 })).open(WORLD);
    expect(can.ops).toEqual(['fork', 'exit', 'kill', 'read', 'write']);
    expect(can.inspects).toMatchObject({
      frame: true,
      count: true,
      free: true,
      contents: true,
      totals: true,
      writable: false,
    });
  });

  test('inspect shows more than frames do', async () => {
    const { can } = await defineTarget(
      store({ inspect: process => process.pages.map(page => ({ frame: page, writable: page.count === 1 })) }),
    ).open(WORLD);
    expect(can.inspects).toMatchObject({ frame: true, writable: true, exclusive: false });
  });

  test('dialect, limits and identity are those declared', async () => {
    const target = defineTarget(
      store({
        name: 'mine',
        pageSize: 8,
        pages: 3,
        dialect: { lastOwner: 'may-copy' },
        identity: { version: '7' },
      }),
    );
    expect(target).toMatchObject({ name: 'mine', limits: { pageSize: 8, pages: 3, layout: 'data' } });
    const { can } = await target.open(WORLD);
    expect(can.dialect.lastOwner).toBe('may-copy');
    expect(can.sources.lastOwner).toBe('declared by the object');
    expect(can.identity).toMatchObject({ version: '7' });
  });

  test('one that throws outside of its pages is asked there, one that does not is not', async () => {
    const careless = store({
      read: (process, page, offset, length) =>
        process.pages[page]?.bytes.subarray(offset, offset + length) ?? [],
    });
    const asked = await defineTarget(store()).open(WORLD);
    const spared = await defineTarget(careless).open(WORLD);
    expect(spared.can.leftOut.filter(text => text.includes('rule 12'))).toHaveLength(1);
    expect(asked.can.leftOut.filter(text => text.includes('rule 12'))).toEqual([]);
    expect(await run(asked, 'read A null length 1')).toEqual(['signalled']);
    expect(await run(spared, 'read A null length 1')).toEqual(['signalled']);
  });
});

describe('an op is a call', () => {
  const HISTORY = `
    fork A -> B
    write A data+0 length 2 = 2569
    read B data+0 length 4
    read A data+0 length 4
    fork A -> B
    exit B status 3
    read B data+0 length 1
    fork A -> B
    exit A status 0
    fork A -> B`;
  const REPLIES = [
    'forked B 0',
    'ok',
    'bytes 01 02 03 04',
    'bytes 09 0a 03 04',
    'taken',
    'ok',
    'absent',
    'taken',
    'ok',
    'absent',
  ];

  test("synchronous, and names, absences and zombies are the adapter's", async () => {
    expect(await replies(store(), HISTORY)).toEqual(REPLIES);
    expect(await replies(store(shows), HISTORY, 'each')).toEqual(REPLIES);
  });

  test('asynchronous all the same', async () => {
    const plain = store(shows);
    const slow = Object.fromEntries(
      Object.entries(plain).map(([name, method]) => [
        name,
        async (...args: unknown[]) => {
          await Promise.resolve();
          return (method as (...args: unknown[]) => unknown)(...args);
        },
      ]),
    ) as unknown as CowObject<Store, Page>;
    expect(await replies(slow, HISTORY, 'each')).toEqual(REPLIES);
    const result = await fuzz({ target: defineTarget(slow), runs: 60, seed: 1 });
    expect(result.verdict).toBe('held');
  });

  test('a full table, and more than 64 bytes', async () => {
    expect(await replies(store(), 'fork A -> B\nfork A -> C\nfork A -> D\nfork A -> E')).toEqual([
      'forked B 0',
      'forked C 0',
      'forked D 0',
      'refused processes',
    ]);
    const wide: World = { pageSize: 128, processes: 2, images: [{ name: 'one', data: 1 }] };
    const session = await defineTarget(store()).open(wide);
    const seen = new Transcript();
    await session.run(tape(wide, 'read A data+0 length 65'), 'none', seen);
    expect(said(seen, 0, ['A'])).toMatch(/^digest [0-9a-f]+$/);
  });

  test('exec, kill, wait and the kernel reach their methods', async () => {
    const log: string[] = [];
    const children = new Map<Store, Store[]>();
    const object = store({
      exec(process, image, number) {
        log.push(`exec ${number} of ${image.filter(bytes => bytes.length > 0).length} pages`);
        process.pages = image.map(bytes => ({ bytes: bytes.slice(), count: 1 }));
      },
      kill: () => void log.push('kill'),
      wait(process, page, offset) {
        log.push(`wait ${page} ${offset}`);
        const child = children.get(process)?.pop();
        return child === undefined ? 'no-child' : { child, status: 5 };
      },
      kwrite(_process, page, offset, bytes) {
        log.push(`kwrite ${page} ${offset} ${[...bytes].join()}`);
        throw new Refused('fault', { stands: 1 });
      },
    });
    const target = defineTarget({
      ...object,
      async fork(parent) {
        const child = await object.fork(parent);
        children.set(parent, [child]);
        return child;
      },
    });
    expect(
      await run(
        await target.open(WORLD),
        `fork A -> B
         exec B image 1 execve argument 7
         exec B image 9 execv argument 7
         kwrite A data+6 length 2 = 513
         kill A B
         kill A B
         wait A into data+4
         wait A
         kill A B`,
      ),
    ).toEqual([
      'forked B 0',
      'executed 1 7 7',
      'refused missing',
      'fault after 1',
      'ok',
      'ok',
      'reaped B 5',
      'no-child',
      'absent',
    ]);
    expect(log).toEqual([
      'exec 1 of 1 pages',
      'kwrite 0 6 1,2',
      'kill',
      'wait 0 4',
      'wait undefined undefined',
    ]);
  });

  test('every refusal has its reply', async () => {
    const refusing = (why: ConstructorParameters<typeof Refused>[0]): CowObject<Store, Page> =>
      store({
        fork: () => {
          throw new Refused(why);
        },
        write: () => {
          throw new Refused(why);
        },
        sbrk: () => {
          throw new Refused(why, { injected: true });
        },
      });
    const text = 'fork A -> B\nsbrk A pages 1\nwrite A data+0 length 1 = 1\nread A data+0 length 1';
    expect(await replies(refusing('memory'), text)).toEqual([
      'refused memory',
      'refused memory !',
      'killed memory',
      'absent',
    ]);
    expect(await replies(refusing('range'), text)).toEqual([
      'refused range',
      'refused range !',
      'signalled',
      'bytes 01',
    ]);
  });

  test('a fork that returns its parent is told as it is', async () => {
    expect(await replies(store({ fork: parent => parent }), 'fork A -> B')).toEqual(['forked A 0']);
  });
});

describe('runs do not meet', () => {
  test('start comes before every run, stop after it, whichever session runs', async () => {
    const log: string[] = [];
    const plain = store();
    const target = defineTarget(
      store({
        start(image, world) {
          log.push('start');
          return plain.start(image, world);
        },
        stop: () => void log.push('stop'),
      }),
    );
    const [one, two] = [await target.open(WORLD), await target.open(WORLD)];
    log.length = 0;
    await run(one, 'write A data+0 length 1 = 9');
    await run(two, 'read A data+0 length 1');
    await one.reset();
    expect(await run(one, 'read A data+0 length 1')).toEqual(['bytes 01']);
    await two.close();
    await one.close();
    expect(log).toEqual(['start', 'stop', 'start', 'stop', 'start', 'stop']);
  });

  test('a stop that fails is told as such, also when it makes room for another session', async () => {
    const fails = (): void => {
      throw new Error('the disk is gone');
    };
    let stopped = 0;
    const target = defineTarget(store({ stop: () => (stopped++ === 0 ? undefined : fails()) }));
    const first = await target.open(WORLD);
    await run(first, 'write A data+0 length 1 = 9');
    await expect(target.open(WORLD)).rejects.toMatchObject({
      code: 'own-stop',
      message: expect.stringContaining('the disk is gone') as string,
    });
  });
});

describe('a search', () => {
  test('holds a right store, with and without a look at its frames', async () => {
    for (const more of [{}, shows]) {
      const result = await fuzz({ target: defineTarget(store(more)), runs: 300, seed: 1 });
      expect(result.why).toEqual([]);
      expect(result.verdict).toBe('held');
    }
  });

  test.each([
    [
      'shares on',
      {
        write: (p: Store, page: number, offset: number, bytes: Uint8Array) =>
          p.pages[page]?.bytes.set(bytes, offset),
      },
      2,
    ],
    [
      'copies at fork',
      { fork: (p: Store) => ({ pages: p.pages.map(({ bytes }) => ({ bytes: bytes.slice(), count: 1 })) }) },
      27,
    ],
    ['never lets go', { exit: () => {} }, 25],
  ])('catches a store that %s', async (_, more, rule) => {
    const result = await fuzz({ target: defineTarget(store({ ...shows, ...more })), runs: 300, seed: 1 });
    expect(result.counterexamples.map(found => found.rule)).toEqual([rule]);
  });
});
