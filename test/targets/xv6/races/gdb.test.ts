// The client of the gdb stub: against a recorded conversation, and against QEMU with a kernel of a few instructions.
import { spawnSync } from 'node:child_process';
import { Duplex } from 'node:stream';
import { afterEach, describe, expect, test } from 'vitest';
import { RigError } from '../../../../spec/target.ts';
import { Machine } from '../../../../targets/xv6/machine.ts';
import { Gdb } from '../../../../targets/xv6/races/gdb.ts';
import { packet } from '../../../../targets/xv6/races/packets.ts';
import { asm, BASE, elfOf, REGISTER } from '../made.ts';

const missing = spawnSync('qemu-system-riscv64', ['--version']).status !== 0;
if (missing) console.warn('the gdb stub of QEMU is not tested; to do so: apt-get install qemu-system-misc');

/** What QEMU 7.2 said in a session of two harts: what was sent, and what came. A letter 03 is a stop. */
const RECORDED = `
> 03
< T02thread:01;
> vCont?
< vCont;c;C;s;S
> Z4,8000b51c,4
< OK
> vCont;c:2
< T05thread:02;awatch:000000008000b51c;
> z4,8000b51c,4
< OK
> vCont;s:2
< T05thread:02;
> vCont;c
> 03
< T02thread:01;
`;

/** Plays the other side of a recording: it answers only what was sent then, in that order. */
function playing(recording: string): { readonly stream: Duplex; readonly rest: () => readonly string[] } {
  const lines = recording.trim().split('\n');
  const stream = new Duplex({
    read: () => {},
    write(chunk: Buffer, _, done) {
      const sent = chunk.toString('latin1');
      if (sent !== '+') {
        const expected = lines.shift()?.slice(2) ?? 'nothing';
        const wanted = expected === '03' ? '\x03' : packet(expected);
        if (sent !== wanted) this.destroy(new Error(`${sent} was sent, and ${wanted} then`));
        while (lines[0]?.startsWith('<')) {
          const answer = packet((lines.shift() ?? '').slice(2));
          // In two pieces, as a socket may bring it.
          this.push(`${sent === '\x03' ? '' : '+'}${answer.slice(0, 3)}`, 'latin1');
          this.push(answer.slice(3), 'latin1');
        }
      }
      done();
    },
  });
  return { stream, rest: () => lines };
}

test('a recorded session', async () => {
  const { stream, rest } = playing(RECORDED);
  const gdb = new Gdb(stream);
  const watched = { kind: 'access', address: 0x8000b51c, length: 4 } as const;
  await gdb.attach();
  await gdb.set(watched);
  gdb.resume([1]);
  expect(await gdb.stopped(1000)).toEqual({ hart: 1, watched: 0x8000b51c, asked: false });
  await gdb.clear(watched);
  await gdb.step(1);
  gdb.resume();
  expect(gdb.running).toBe(true);
  expect(await gdb.halt()).toEqual({ hart: 0, watched: undefined, asked: true });
  expect(rest()).toEqual([]);
});

describe('what cannot be held is told:', () => {
  const refusal = async (recording: string): Promise<string> => {
    const cause = await new Gdb(playing(recording).stream).attach().catch((error: unknown) => error);
    expect(cause).toBeInstanceOf(RigError);
    return `${(cause as RigError).code}: ${(cause as RigError).message}`;
  };

  test('a stub that lets all harts run or none', async () => {
    expect(await refusal('> 03\n< T02thread:01;\n> vCont?\n< vCont;C;S')).toBe(
      `xv6-gdb: harts are held through QEMU's gdb stub, and it does not let one hart run: it offers "vCont;C;S"`,
    );
  });

  test('a connection that is closed', async () => {
    const stream = new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() });
    setImmediate(() => stream.destroy());
    const cause = await new Gdb(stream).attach().catch((error: unknown) => error);
    expect(cause).toMatchObject({ code: 'xv6-machine-gone' });
  });
});

describe.skipIf(missing)('QEMU', { timeout: 60_000 }, () => {
  const started: Machine[] = [];
  afterEach(async () => {
    for (const machine of started.splice(0)) await machine.close();
  });

  /** Both harts count a word up for ever. */
  const COUNTER = BASE + 0x1000;
  const kernel = elfOf({
    words: [
      asm.auipc(REGISTER.t0, 1),
      asm.lw(REGISTER.t1, REGISTER.t0, 0),
      asm.addi(REGISTER.t1, REGISTER.t1, 1),
      asm.sw(REGISTER.t1, REGISTER.t0, 0),
      asm.jal(REGISTER.zero, -12),
    ],
  });

  test('stops before an access, holds one hart while the other runs, and steps one instruction', async () => {
    const machine = await Machine.start({ kernel, smp: 2, gdb: true });
    started.push(machine);
    if (machine.gdb === undefined) throw new Error('no connection');
    const gdb = new Gdb(machine.gdb);
    await gdb.attach();
    const word = { kind: 'access', address: COUNTER, length: 4 } as const;
    await gdb.set(word);
    gdb.resume([1]);
    const stop = await gdb.stopped(10_000);
    expect(stop).toEqual({ hart: 1, watched: COUNTER, asked: false });
    const { pc } = await gdb.registers(1);
    expect([BASE + 4, BASE + 12]).toContain(pc);
    await gdb.clear(word);

    const held = await gdb.registers(0);
    const before = machine.u32(COUNTER);
    gdb.resume([1]);
    await expect.poll(() => machine.u32(COUNTER), { timeout: 10_000 }).not.toBe(before);
    await gdb.halt();
    expect(await gdb.registers(0)).toEqual(held);

    const at = { kind: 'code', address: BASE + 8, length: 4 } as const;
    await gdb.set(at);
    gdb.resume([0]);
    expect(await gdb.stopped(10_000)).toMatchObject({ hart: 0, asked: false });
    const there = await gdb.registers(0);
    expect(there.pc).toBe(BASE + 8);
    await gdb.clear(at);
    await gdb.step(0);
    const after = await gdb.registers(0);
    expect(after.pc).toBe(BASE + 12);
    expect(after.x[REGISTER.t1]).toBe((there.x[REGISTER.t1] ?? 0) + 1);
  });

  test('that is killed is told of, whatever was waited for', async () => {
    const machine = await Machine.start({ kernel, smp: 2, gdb: true });
    started.push(machine);
    if (machine.gdb === undefined) throw new Error('no connection');
    const gdb = new Gdb(machine.gdb);
    await gdb.attach();
    gdb.resume();
    process.kill(machine.pid, 'SIGKILL');
    await expect(gdb.stopped(10_000)).rejects.toMatchObject({ code: 'xv6-machine-gone' });
  });
});
