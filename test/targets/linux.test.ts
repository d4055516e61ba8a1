// The running kernel through the agent: every op and every refusal.
import { beforeAll, describe, expect, test } from 'vitest';
import { RigError } from '../../spec/target.ts';
import { digest, imageByte } from '../../spec/world.ts';
import { linuxAgent } from '../../targets/linux/build.ts';
import { linuxTarget } from '../../targets/linux/target.ts';
import { cache, DATA, missing, opened, ran, replies, untilNoAgents, WORLD } from './kernel.ts';

describe.skipIf(missing !== undefined)('linux', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await linuxAgent(cache);
  }, 120_000);

  test('fork copies, and afterwards nobody sees the other', async () => {
    expect(
      await replies(`
        write A data+0 length 3 = 197121
        fork A -> B
        read B data+0 length 4
        write B data+1 length 1 = 9
        read A data+0 length 4
        clone B -> C
        write B data+0 length 4 = 0
        read C data+0 length 4
        read B data+0 length 4
        read A bss+0 length 2
        read A stack+4095 length 1`),
    ).toEqual([
      'ok',
      'forked B 0',
      'bytes 01 02 03 42',
      'ok',
      'bytes 01 02 03 42',
      'forked C 0',
      'ok',
      'bytes 01 09 03 42',
      'bytes 00 00 00 00',
      'bytes 00 00',
      'bytes 00',
    ]);
  });

  test('the kernel reads and writes for a process, across pages, and stops at a bad one', async () => {
    const changed = Uint8Array.from({ length: 4096 }, (_, i) => imageByte(0, DATA, i, 'data'));
    expect(
      await replies(`
        fork A -> B
        kwrite B data+4094 length 4 = 67305985
        kread B data+4094 length 4
        kread A data+4094 length 4
        kwrite A heap+4094 length 4 = 168364039
        read A heap+4094 length 2
        kread A heap+4094 length 4
        kwrite A rodata+4095 length 2 = 7
        kwrite A text+0 length 1 = 7
        read A text+0 length 2
        kread A data+0 length 4096`),
    ).toEqual([
      'forked B 0',
      'ok',
      'bytes 01 02 03 04',
      'bytes 3d 3e 5e 5f',
      'fault after 2',
      'bytes 07 08',
      'fault after 0',
      'fault after 0',
      'fault after 0',
      'bytes 01 02',
      `digest ${(digest(changed, 0, 4096) >>> 0).toString(16)}`,
    ]);
  });

  test.each(['null', 'size', 'max-1', 'max', 'beyond', 'guard+0', 'guard+4095'])(
    'an access to %s is refused and survived',
    async place => {
      const refused = `
        read A ${place} length 1
        write A ${place} length 1 = 1
        kread A ${place} length 1
        kwrite A ${place} length 2 = 1
        fork A -> B
        exit B status 1
        wait A into ${place}
        wait A`;
      expect(await replies(refused)).toEqual([
        'signalled',
        'signalled',
        'fault after 0',
        'fault after 0',
        'forked B 0',
        'ok',
        'fault after 2',
        'no-child',
      ]);
    },
  );

  test('text and rodata cannot be written', async () => {
    expect(
      await replies('write A text+0 length 1 = 1\nwrite A rodata+9 length 1 = 1\nread A rodata+9 length 1'),
    ).toEqual(['signalled', 'signalled', 'bytes 29']);
  });

  test.each(['execve', 'execv', 'execvp', 'execl', 'execle', 'execlp'])(
    '%s brings a new image',
    async via => {
      const environment = via === 'execve' || via === 'execle' ? 77 : 0;
      expect(
        await replies(`
        fork A -> B
        write B data+0 length 1 = 9
        exec B image 5 ${via} argument 3
        read B data+0 length 1
        exec B image 1 ${via} argument 77
        read B data+0 length 2
        read B data+4096 length 1
        read A data+0 length 1
        exec B image 0 execv argument 4
        read B data+4096 length 1`),
      ).toEqual([
        'forked B 0',
        'ok',
        'refused missing',
        'bytes 09',
        `executed 1 77 ${environment}`,
        'bytes 50 51',
        'signalled',
        'bytes 3f',
        'executed 0 4 0',
        'bytes 5e',
      ]);
    },
  );

  test('a vfork child works in the memory of its parent, which sleeps', async () => {
    expect(
      await replies(`
        vfork A -> B
        write A data+0 length 1 = 1
        write B data+0 length 1 = 9
        fork B -> C
        write B data+0 length 1 = 8
        read C data+0 length 1
        vfork B -> D
        read B data+0 length 1
        write D data+1 length 1 = 7
        exec D image 9 execv argument 0
        exit D status 4
        wait B
        exec B image 1 execl argument 0
        read A data+0 length 2
        wait A
        kill A B
        wait A`),
    ).toEqual([
      'forked B 0',
      'suspended',
      'ok',
      'forked C 0',
      'ok',
      'bytes 09',
      'forked D 0',
      'suspended',
      'ok',
      'refused missing',
      'ok',
      'reaped D 4',
      'executed 1 0 0',
      'bytes 08 07',
      'running',
      'ok',
      'reaped B killed',
    ]);
  });

  test('a kill of a sleeping parent waits until it would wake', async () => {
    expect(
      await replies(`
        fork A -> B
        vfork B -> C
        kill A B
        wait A
        read C data+0 length 1
        exit C status 0
        read B data+0 length 1
        wait A
        wait A`),
    ).toEqual([
      'forked B 0',
      'forked C 0',
      'ok',
      'running',
      'bytes 3f',
      'ok',
      'absent',
      'reaped B killed',
      'no-child',
    ]);
  });

  test('wait stores the status where it is told, in the memory of the waiter alone', async () => {
    expect(
      await replies(`
        wait A
        fork A -> B
        wait A
        fork A -> C
        exit B status 200
        wait A into data+4094
        kread A data+4094 length 4
        kread C data+4094 length 4
        kill A C
        wait A into bss+0
        read A bss+0 length 4`),
    ).toEqual([
      'no-child',
      'forked B 0',
      'running',
      'forked C 0',
      'ok',
      'reaped B 200',
      'bytes 00 c8 00 00',
      'bytes 3d 3e 5e 5f',
      'ok',
      'reaped C killed',
      'bytes 09 00 00 00',
    ]);
  });

  test('names: absent, taken, zombies, orphans, and a full table', async () => {
    expect(
      await replies(`
        kill A B
        fork A -> B
        fork A -> B
        fork B -> C
        fork C -> D
        exit C status 1
        kill A C
        fork A -> C
        exit B status 2
        fork A -> C
        read B data+0 length 1
        wait A
        fork A -> B
        fork A -> E
        fork A -> F
        exit D status 0
        fork A -> F
        kill A A
        read A data+0 length 1
        kill F A`),
    ).toEqual([
      'absent',
      'forked B 0',
      'taken',
      'forked C 0',
      'forked D 0',
      'ok',
      'ok',
      'taken',
      'ok',
      'forked C 0',
      'absent',
      'reaped B 2',
      'forked B 0',
      'forked E 0',
      'refused processes',
      'ok',
      'forked F 0',
      'ok',
      'absent',
      'absent',
    ]);
  });

  test('says what it is', async () => {
    const session = await opened();
    expect(session.can).toMatchObject({
      processes: 5,
      dialect: { refusedAccess: 'signalled', lastOwner: 'reuses' },
      identity: { uid: String(process.getuid?.()), agent: (await linuxAgent(cache)).hash },
    });
    expect(session.can.leftOut[0]).toBe("the kernel's free list cannot be read so lost frames are not seen");
  });

  test('one session, many runs, and a tape that goes on', async () => {
    const session = await opened();
    for (let i = 0; i < 30; i++) {
      const [first] = await ran(
        session,
        'fork A -> B\nwrite B data+0 length 1 = 9',
        i % 2 === 0 ? 'each' : 'none',
      );
      const [second] = await ran(session, 'read A data+0 length 1\nfork A -> B', 'last');
      expect([...first, ...second]).toEqual(['forked B 0', 'ok', 'bytes 3f', 'taken']);
      await session.reset();
    }
    await session.close();
    expect(await untilNoAgents()).toEqual([]);
  });

  test('the control shares what it should copy, and contents show it', async () => {
    const session = await opened({}, 'shared-arena');
    const [said] = await ran(
      session,
      'fork A -> B\nwrite A data+0 length 1 = 9\nread B data+0 length 1',
      'each',
    );
    expect(said).toEqual(['forked B 0', 'ok', 'bytes 09']);
    expect(Object.values(session.can.inspects)).not.toContain(true);
  });

  test('a world it cannot hold is refused with what it can', async () => {
    const open = linuxTarget(undefined, { cache }).open({ ...WORLD, pageSize: 64 });
    await expect(open).rejects.toThrow('linux has pages of 4096 bytes; this world has pages of 64');
    await expect(open).rejects.toBeInstanceOf(RigError);
  });
});
