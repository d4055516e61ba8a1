// The running kernel's mmap, munmap, mprotect, sbrk and madvise: what they answer, and what memory reads afterwards.
import { beforeAll, describe, expect, test } from 'vitest';
import { linuxAgent } from '../../targets/linux/build.ts';
import { cache, missing, opened, ran, replies, ROOMY } from './kernel.ts';

/** `[op, reply]` a line: runs the ops and compares every reply. */
async function expectReplies(script: string): Promise<void> {
  const told = script
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(line => line.split('=>').map(part => part.trim()));
  const said = await replies(told.map(([op]) => op).join('\n'), ROOMY);
  expect(said.map((reply, i) => [told[i]?.[0], reply])).toEqual(told);
}

describe.skipIf(missing !== undefined)('linux', { timeout: 60_000 }, () => {
  beforeAll(async () => {
    await linuxAgent(cache);
  }, 120_000);

  test('private mappings are zero, and copied by fork', () =>
    expectReplies(`
      read A map+0 length 1                        => signalled
      mmap A map+0 pages 2 private rw              => ok
      read A map+4095 length 1                     => bytes 00
      kwrite A map+4095 length 2 = 513             => ok
      fork A -> B                                  => forked B 0
      write B map+4096 length 1 = 7                => ok
      read A map+4096 length 1                     => bytes 02
      read B map+4095 length 1                     => bytes 01
      kread B map+4095 length 2                    => bytes 01 07
      kread A map+8191 length 2                    => fault after 0
      exec B image 1 execv argument 0              => executed 1 0 0
      read B map+0 length 1                        => signalled
      mmap B map+0 pages 1 private rw              => ok`));

  test('shared mappings stay shared through fork, and end with their last holder', () =>
    expectReplies(`
      mmap A map+0 pages 1 shared rw               => ok
      fork A -> B                                  => forked B 0
      mmap B map+4096 pages 1 shared rw            => ok
      read A map+4096 length 1                     => signalled
      write A map+0 length 1 = 5                   => ok
      read B map+0 length 1                        => bytes 05
      kwrite B map+1 length 1 = 6                  => ok
      munmap B map+0 pages 1                       => ok
      read A map+0 length 2                        => bytes 05 06
      madvise A map+0 pages 1 dontneed             => ok
      read A map+0 length 2                        => bytes 05 06
      munmap A map+0 pages 1                       => ok
      mmap A map+0 pages 1 shared rw               => ok
      read A map+0 length 2                        => bytes 00 00`));

  test('a private mapping of the file follows it until it is written', () =>
    expectReplies(`
      mmap A map+0 pages 3 private-file rw         => ok
      fork A -> B                                  => forked B 0
      munmap B map+0 pages 3                       => ok
      mmap B map+4096 pages 2 shared-file rw       => ok
      read A map+4096 length 2                     => bytes a0 a1
      write A map+8192 length 1 = 9                => ok
      write B map+4096 length 1 = 3                => ok
      write B map+8193 length 1 = 4                => ok
      read A map+4096 length 2                     => bytes 03 a1
      read A map+8192 length 2                     => bytes 09 c0
      read B map+8192 length 2                     => bytes bf 04
      madvise A map+8192 pages 1 dontneed          => ok
      read A map+8192 length 2                     => bytes bf 04
      madvise B map+8192 pages 1 dontneed          => ok
      read B map+8192 length 2                     => bytes bf 04
      read A map+0 length 1                        => bytes 81`));

  test('the file is as it was after a reset', async () => {
    const session = await opened({}, undefined, ROOMY);
    const change =
      'mmap A map+0 pages 1 shared-file rw\nread A map+0 length 1\nwrite A map+0 length 4 = 0\nmmap A map+4096 pages 1 private-file rw\nwrite A map+4096 length 1 = 0';
    for (let i = 0; i < 3; i++) {
      expect((await ran(session, change, 'none', ROOMY))[0]).toEqual(['ok', 'bytes 81', 'ok', 'ok', 'ok']);
      await session.reset();
    }
    expect(
      (
        await ran(session, 'mmap A map+4096 pages 1 shared-file r\nread A map+4096 length 1', 'none', ROOMY)
      )[0][1],
    ).toBe('bytes a0');
  });

  test('mmap takes pages of the mapping area that are free, or none', () =>
    expectReplies(`
      mmap A map+4096 pages 1 private r            => ok
      mmap A map+0 pages 2 private rw              => refused range
      read A map+0 length 1                        => signalled
      mmap A map+8192 pages 2 private rw           => refused range
      mmap A heap+8192 pages 2 private rw          => refused range
      mmap A data+0 pages 1 private rw             => refused range
      mmap A guard+0 pages 1 shared rw             => refused range
      mmap A size pages 1 shared rw                => refused range
      mmap A null pages 1 shared rw                => refused range
      mmap A map+1 pages 1 private rw              => refused range
      write A map+4096 length 1 = 1                => signalled
      kwrite A map+4096 length 1 = 1               => fault after 0
      read A map+4096 length 1                     => bytes 00
      mmap A map+0 pages 1 private none            => ok
      read A map+0 length 1                        => signalled
      kread A map+0 length 1                       => fault after 0
      mmap A map+8192 pages 1 private-file rx      => ok
      read A map+8192 length 1                     => bytes bf
      write A map+8192 length 1 = 1                => signalled`));

  test('munmap takes any pages of the address space, holes too', () =>
    expectReplies(`
      munmap A text+0 pages 13                     => refused range
      read A text+0 length 1                       => bytes 01
      munmap A guard+0 pages 1                     => ok
      munmap A size pages 1                        => refused range
      munmap A beyond pages 1                      => refused range
      fork A -> B                                  => forked B 0
      munmap A text+0 pages 12                     => ok
      read A text+0 length 1                       => signalled
      read A stack+0 length 1                      => signalled
      fork A -> C                                  => forked C 0
      read C data+0 length 1                       => signalled
      exit C status 3                              => ok
      wait A into data+0                           => fault after 3
      read B data+0 length 1                       => bytes 3f
      read B stack+0 length 1                      => bytes 00
      munmap A data+0 pages 1                      => ok
      exec A image 1 execve argument 2             => executed 1 2 2
      read A data+0 length 1                       => bytes 50`));

  test('a file mapping is spared by munmap of its neighbours', () =>
    expectReplies(`
      mmap A map+0 pages 3 private-file rw         => ok
      munmap A map+4096 pages 1                    => ok
      kread A map+4094 length 4                    => fault after 0
      mmap A map+4096 pages 1 private rw           => ok
      kread A map+4094 length 4                    => bytes 7f 80 00 00
      read A map+8192 length 1                     => bytes bf`));

  test('mprotect changes pages up to the first hole', () =>
    expectReplies(`
      mprotect A data+0 pages 1 r                  => ok
      write A data+0 length 1 = 1                  => signalled
      kwrite A data+0 length 1 = 1                 => fault after 0
      read A data+0 length 1                       => bytes 3f
      fork A -> B                                  => forked B 0
      write B data+0 length 1 = 1                  => signalled
      mprotect B data+0 pages 1 rw                 => ok
      write B data+0 length 1 = 1                  => ok
      read A data+0 length 1                       => bytes 3f
      mprotect A heap+0 pages 2 none               => refused range
      read A heap+0 length 1                       => signalled
      mprotect A heap+0 pages 1 rwx                => ok
      write A heap+0 length 1 = 4                  => ok
      mprotect A heap+4096 pages 1 r               => refused range
      mprotect A stack+0 pages 2 r                 => refused range
      write A stack+0 length 1 = 4                 => signalled
      mprotect A null pages 1 rw                   => refused range
      mprotect A max pages 1 rw                    => refused range
      mprotect A bss+5 pages 1 r                   => refused range
      write A bss+5 length 1 = 4                   => ok
      kwrite A data+4095 length 2 = 257            => fault after 0
      kwrite A bss+4095 length 2 = 257             => ok
      mprotect A heap+0 pages 1 r                  => ok
      kwrite A bss+4094 length 4 = 84215045        => fault after 2`));

  test('text and rodata can be made writable, for one process alone', () =>
    expectReplies(`
      mprotect A text+0 pages 2 rw                 => ok
      write A text+0 length 1 = 9                  => ok
      fork A -> B                                  => forked B 0
      write B rodata+0 length 1 = 8                => ok
      write B text+1 length 1 = 7                  => ok
      read A text+0 length 2                       => bytes 09 02
      read A rodata+0 length 1                     => bytes 20
      read B text+0 length 2                       => bytes 09 07
      mprotect B text+0 pages 1 rx                 => ok
      write B text+0 length 1 = 1                  => signalled
      madvise B text+0 pages 2 dontneed            => ok
      read B text+0 length 2                       => bytes 01 02
      read B rodata+0 length 1                     => bytes 20
      mprotect A text+0 pages 2 none               => ok
      fork A -> C                                  => forked C 0
      read C text+0 length 1                       => signalled
      mprotect C text+0 pages 2 r                  => ok
      read C text+0 length 2                       => bytes 09 02`));

  test('the heap grows by zeros and shrinks, each address space by itself', () =>
    expectReplies(`
      write A heap+4096 length 1 = 1               => signalled
      sbrk A pages 2                               => ok
      kwrite A heap+4095 length 2 = 257            => ok
      sbrk A pages 1                               => refused range
      fork A -> B                                  => forked B 0
      sbrk B pages -2                              => ok
      read B heap+4096 length 1                    => signalled
      read A heap+4096 length 1                    => bytes 01
      sbrk B pages 0                               => ok
      sbrk B pages -2                              => refused range
      sbrk B pages 1                               => ok
      read B heap+4096 length 1                    => bytes 00
      munmap A heap+4096 pages 2                   => ok
      sbrk A pages 1                               => refused range
      sbrk A pages -1                              => ok
      sbrk A pages 1                               => ok
      read A heap+8192 length 1                    => bytes 00
      read A heap+4096 length 1                    => signalled
      sbrk A pages -3                              => ok
      read A heap+0 length 1                       => signalled
      sbrk A pages 4                               => refused range
      vfork A -> C                                 => forked C 0
      sbrk A pages 1                               => suspended
      sbrk C pages 2                               => ok
      write C heap+1 length 1 = 6                  => ok
      sbrk D pages 1                               => absent
      exec C image 1 execv argument 0              => executed 1 0 0
      sbrk C pages 3                               => refused range
      sbrk C pages 2                               => ok
      sbrk C pages 1                               => refused range
      read A heap+0 length 2                       => bytes 00 06
      sbrk A pages 2                               => refused range
      sbrk A pages 1                               => ok`));

  test('DONTNEED forgets what was written, in one process alone', () =>
    expectReplies(`
      write A data+0 length 1 = 1                  => ok
      write A stack+0 length 1 = 2                 => ok
      fork A -> B                                  => forked B 0
      madvise A data+0 pages 1 dontneed            => ok
      read A data+0 length 2                       => bytes 00 00
      read B data+0 length 2                       => bytes 01 40
      madvise A heap+0 pages 8 dontneed            => refused range
      read A stack+0 length 1                      => bytes 00
      madvise A guard+0 pages 1 dontneed           => refused range
      madvise A size pages 4096 dontneed           => refused range
      madvise A null pages 4096 dontneed           => refused range
      madvise A beyond pages 1 dontneed            => refused range
      madvise A stack+1 pages 1 dontneed           => refused range
      write A data+0 length 1 = 3                  => ok
      read B data+0 length 1                       => bytes 01
      read B stack+0 length 1                      => bytes 02`));

  test('a vfork child maps for its parent', () =>
    expectReplies(`
      vfork A -> B                                 => forked B 0
      mmap B map+0 pages 1 private rw              => ok
      write B map+0 length 1 = 5                   => ok
      mprotect B data+0 pages 1 r                  => ok
      munmap B bss+0 pages 1                       => ok
      exit B status 0                              => ok
      read A map+0 length 1                        => bytes 05
      write A data+0 length 1 = 5                  => signalled
      read A bss+0 length 1                        => signalled
      mmap A map+0 pages 1 shared rw               => refused range`));

  test('the address past the heap is nobody’s, even next to the mapping area', () =>
    expectReplies(`
      sbrk A pages 2                               => ok
      mmap A map+0 pages 3 private rw              => ok
      read A size length 1                         => signalled
      kwrite A heap+12287 length 2 = 1             => ok
      read A map+0 length 1                        => bytes 00`));

  test('the control shares private mappings too', async () => {
    const session = await opened({}, 'shared-arena', ROOMY);
    const [said] = await ran(
      session,
      'mmap A map+0 pages 1 private rw\nsbrk A pages 1\nfork A -> B\nwrite A map+0 length 1 = 9\nread B map+0 length 1\nwrite B heap+4096 length 1 = 8\nread A heap+4096 length 1',
      'each',
      ROOMY,
    );
    expect(said).toEqual(['ok', 'ok', 'forked B 0', 'ok', 'bytes 09', 'ok', 'bytes 08']);
  });
});
