// The line protocol client against small programs: a good one, and every way of being bad.
import { afterEach, describe, expect, test } from 'vitest';
import type { Op } from '../../spec/op.ts';
import { REPLY_NAMES } from '../../spec/reply.ts';
import { pack, type Tape } from '../../spec/tape.ts';
import { RigError, type Session, TargetDied } from '../../spec/target.ts';
import { ENTRY, FRAME, REPLY_STRIDE, SPACE, Transcript } from '../../spec/transcript.ts';
import type { World } from '../../spec/world.ts';
import { limitsOf, greet, wireTarget, type WireOptions } from '../../targets/wire.ts';
import { Program } from '../../targets/wire/program.ts';

const WORLD: World = { pageSize: 8, processes: 4, images: [{ name: 'one', data: 1 }] };

/** An eager toy: one page a process; it lists everything it has after every op. */
const TOY = `
let memory = new Map(), next = 0, inspecting = false, tokens = new Map();
const fresh = () => ({ frame: 1000 + next++, bytes: Uint8Array.from({ length: 8 }, (_, i) => i + 1) });
const show = () => inspecting ? ' ; ' + [...memory].map(([p, m]) => 'p ' + p + ' ' + p + ' 0:' + m.frame + ':w').join(' ; ')
  + ' ; f ' + [...memory].map(([, m]) => m.frame + ':1:0:0').join(' ') : '';
const ops = {
  cowcheck: () => 'cowcheck 1 name=toy ops=fork,exit,read,write inspect=frame,writable,count,free processes=3 id=version:1.2 left-out=the_weather',
  world: () => 'ok', image: () => 'ok', sync: n => 'sync ' + n,
  inspect: on => (inspecting = on === '1', 'ok'),
  reset: () => (memory = new Map([[0, fresh()]]), 'ok' + show()),
  fork: (p, c) => {
    if (!memory.has(+p)) return 'absent' + show();
    if (memory.has(+c)) return 'taken' + show();
    if (memory.size >= 3) return 'refused processes' + show();
    memory.set(+c, { frame: 1000 + next++, bytes: memory.get(+p).bytes.slice() });
    return 'forked ' + c + ' 0' + show();
  },
  exit: p => { const had = memory.delete(+p); return (had ? 'ok' + (inspecting ? ' ; p ' + p + ' -' : '') : 'absent') + (memory.size ? show() : ''); },
  read: (p, page, offset, length) => memory.has(+p) ? 'bytes ' + Buffer.from(memory.get(+p).bytes.slice(+offset, +offset + +length)).toString('hex') + show() : 'absent' + show(),
  write: (p, page, offset, length, value) => {
    if (!memory.has(+p)) return 'absent' + show();
    for (let i = 0; i < +length; i++) memory.get(+p).bytes[+offset + i] = (+value >>> (8 * (i & 3))) & 255;
    return 'ok' + show();
  },
};
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const [word, ...rest] = line.split(' ');
  process.stdout.write((ops[word] ? ops[word](...rest) : 'error what is ' + word) + '\\n');
});
`;

/** A program that answers the handshake, setup and reset well and then does \`then\` with the first op. */
const shaky = (then: string, ops = 'fork,exit,read,write'): string => `
let quiet = false;
require('readline').createInterface({ input: process.stdin }).on('line', line => {
  const say = text => process.stdout.write(text);
  if (line.startsWith('cowcheck')) say('cowcheck 1 name=shaky ops=${ops}\\n');
  else if (/^(world|image|inspect|reset)/.test(line)) say('ok\\n');
  else if (quiet) return;
  else if (line.startsWith('sync')) say(line + '\\n');
  else { ${then} }
});
`;

const open: Session[] = [];
afterEach(async () => {
  for (const session of open.splice(0)) await session.close();
});

const options = (script: string, more: Partial<WireOptions> = {}): WireOptions => ({
  name: 'toy',
  command: { file: process.execPath, args: ['-e', script] },
  deadline: 5000,
  ...more,
});

async function opened(script: string, more: Partial<WireOptions> = {}, world = WORLD): Promise<Session> {
  const session = await wireTarget(options(script, more)).open(world);
  open.push(session);
  return session;
}

const FORK: Op = { op: 'fork', by: 'A', as: 'B' };
const WRITE: Op = { op: 'write', by: 'A', at: 'data+0', length: 2, value: 0x0a09 };
const READ: Op = { op: 'read', by: 'B', at: 'data+0', length: 4 };
const EXIT: Op = { op: 'exit', by: 'B', status: 3 };
const tapeOf = (...ops: readonly Op[]): Tape => pack(WORLD, ops);

const kinds = (seen: Transcript): readonly string[] =>
  Array.from({ length: seen.count }, (_, i) => REPLY_NAMES[seen.replies[i * REPLY_STRIDE] ?? -1] ?? '?');

/** The records of section `s` of one kind, without the kind. */
function records(seen: Transcript, s: number, kind: number): readonly (readonly number[])[] {
  const lengths: Readonly<Record<number, number>> = { [ENTRY]: 5, [FRAME]: 5, [SPACE]: 3 };
  const found: number[][] = [];
  let at = s === 0 ? 0 : (seen.sectionEnd[s - 1] ?? 0);
  while (at < (seen.sectionEnd[s] ?? 0)) {
    const length = lengths[seen.log[at] ?? 0] ?? 1;
    if (seen.log[at] === kind) found.push([...seen.log.subarray(at + 1, at + length)]);
    at += length;
  }
  return found;
}

async function failure(promise: Promise<unknown>): Promise<Error & { code?: string; at?: number }> {
  try {
    await promise;
  } catch (cause) {
    return cause as Error;
  }
  throw new Error('it should have failed');
}

describe('a good program', () => {
  test('says what it can', async () => {
    const session = await opened(TOY, { identity: { by: 'us' } });
    expect(session.can).toMatchObject({
      ops: ['fork', 'exit', 'read', 'write'],
      processes: 3,
      identity: { program: 'toy', version: '1.2', by: 'us' },
      leftOut: ['the weather'],
    });
    expect(session.can.inspects).toMatchObject({ frame: true, writable: true, contents: false });
    expect(session.can.frames).toBeUndefined();
    expect(session.can.framesAtLeast).toBeUndefined();
    expect(limitsOf(await greet(options(TOY)))).toEqual({ processes: 3 });
  });

  test('says how much memory is there for sure', async () => {
    const plenty = TOY.replace('processes=3', 'processes=3 frames-at-least=60');
    expect((await opened(plenty)).can).toMatchObject({ framesAtLeast: 60 });
    const few = failure(opened(TOY.replace('processes=3', 'processes=3 frames-at-least=few')));
    expect((await few).message).toContain('frames-at-least=few');
  });

  test('replies come back packed, and only changes are logged', async () => {
    const session = await opened(TOY);
    const seen = new Transcript();
    await session.run(tapeOf(FORK, WRITE, READ, EXIT, EXIT), 'each', seen);
    expect(kinds(seen)).toEqual(['forked', 'ok', 'bytes', 'ok', 'absent']);
    expect([...seen.bytes.subarray(0, seen.byteCount)]).toEqual([1, 2, 3, 4]);
    expect(seen.sections).toBe(6);
    expect(records(seen, 0, ENTRY)).toEqual([[0, 0, 0, 3]]);
    expect(records(seen, 1, SPACE)).toEqual([[1, 1]]);
    expect(records(seen, 1, ENTRY)).toEqual([[1, 0, 1, 3]]);
    expect(records(seen, 2, ENTRY)).toEqual([]);
    expect(records(seen, 4, SPACE)).toEqual([[1, -1]]);
    expect(records(seen, 4, ENTRY)).toEqual([[1, 0, -1, 0]]);
  });

  test('sections follow the wish: each, last, none', async () => {
    const session = await opened(TOY);
    for (const [inspect, sections] of [
      ['none', 0],
      ['last', 2],
      ['each', 4],
      ['none', 0],
    ] as const) {
      await session.reset();
      const seen = new Transcript();
      await session.run(tapeOf(FORK, WRITE, READ), inspect, seen);
      expect([inspect, seen.count, seen.sections]).toEqual([inspect, 3, sections]);
    }
  });

  test('a run goes on where the last one stopped, and a reset forgets it', async () => {
    const session = await opened(TOY);
    const seen = new Transcript();
    await session.run(tapeOf(FORK), 'none', seen);
    await session.run(tapeOf(FORK), 'none', seen);
    await session.reset();
    await session.run(tapeOf(FORK), 'each', seen);
    expect(kinds(seen)).toEqual(['forked', 'taken', 'forked']);
    expect(records(seen, 0, ENTRY)).toEqual([[0, 0, 0, 3]]);
  });
});

describe('a program that dies', () => {
  test('before the handshake the rig has failed', async () => {
    const error = await failure(opened('console.error("no such disk"); process.exit(3)'));
    expect(error).toBeInstanceOf(RigError);
    expect(error.code).toBe('wire-handshake');
    expect(error.message).toBe(
      'toy exited with code 3 before it answered "cowcheck 1"; it wrote on standard error:\n  no such disk',
    );
  });

  test('one that cannot be started', async () => {
    const error = await failure(
      wireTarget({ name: 'toy', command: { file: '/no/such/program' } }).open(WORLD),
    );
    expect(error).toBeInstanceOf(RigError);
    expect(error.message).toContain('could not be started: spawn /no/such/program ENOENT');
  });

  test('at an op it is the target that died, and reset starts it again', async () => {
    const session = await opened(shaky('if (line.startsWith("exit")) process.exit(7); say("absent\\n")'));
    const seen = new Transcript();
    const error = await failure(session.run(tapeOf(WRITE, READ, EXIT, WRITE), 'none', seen));
    expect(error).toBeInstanceOf(TargetDied);
    expect(error.at).toBe(2);
    expect(error.message).toBe('toy exited with code 7, at op 3, exit B status 3');
    expect(seen.count).toBe(2);
    await session.reset();
    seen.clear();
    await session.run(tapeOf(WRITE), 'none', seen);
    expect(kinds(seen)).toEqual(['absent']);
  });

  test('half a line is named', async () => {
    const session = await opened(shaky('quiet = true; say("by"); setTimeout(() => process.exit(0), 50)'));
    const error = await failure(session.run(tapeOf(WRITE), 'none', new Transcript()));
    expect(error).toBeInstanceOf(TargetDied);
    expect(error.message).toContain('exited with code 0, in the middle of a line: "by", at op 1');
  });

  test('a hang ends the process group', async () => {
    const session = await opened(
      shaky('quiet = true; require("child_process").spawn("sleep", ["1000"], { stdio: "inherit" })'),
      { deadline: 600 },
    );
    const error = await failure(session.run(tapeOf(WRITE), 'none', new Transcript()));
    expect(error).toBeInstanceOf(TargetDied);
    expect(error.message).toContain('gave no answer for 0.6 s, at op 1, write A data+0 length 2 = 2569');
  });

  test('answers in time that never come to an end', async () => {
    const trickle = 'setInterval(() => console.log("ok"), 20)';
    const program = new Program({ file: process.execPath, args: ['-e', trickle] }, 5000, 400);
    const stop = await program.ask('anything\n', () => true);
    expect(stop).toEqual({
      why: 'hung',
      message: 'took more than 0.4 s for one batch of lines, though it answered each in time',
    });
    await program.close();
  });

  test('control characters of its last words are shown, not obeyed', async () => {
    const error = await failure(opened('process.stderr.write("\\u001b[31mred\\u0007\\n"); process.exit(1)'));
    expect(error.message).toContain('  \\x1b[31mred\\x07');
  });
});

describe('a program that breaks the protocol', () => {
  const rig = async (script: string, ops: readonly Op[] = [FORK, WRITE]): Promise<string> => {
    const session = await opened(script);
    const error = await failure(
      session
        .run(tapeOf(...ops), 'none', new Transcript())
        .then(() => session.run(tapeOf(WRITE), 'none', new Transcript())),
    );
    expect(error).toBeInstanceOf(RigError);
    expect(error.code).toBe('wire-answer');
    expect((error as RigError).remedy).not.toBe('');
    return error.message;
  };

  test('another version', async () => {
    const error = await failure(
      opened('process.stdin.once("data", () => console.log("cowcheck 2 ops=fork"))'),
    );
    expect(error).toBeInstanceOf(RigError);
    expect(error.message).toBe(
      'toy answered "cowcheck 1" with "cowcheck 2 ops=fork"; accepted is cowcheck 1 name=… ops=…',
    );
  });

  test('an op and an inspection that do not exist', async () => {
    const unknown = await failure(
      opened('process.stdin.once("data", () => console.log("cowcheck 1 ops=fork,teleport"))'),
    );
    expect(unknown.message).toContain('with op teleport; accepted is op of fork, clone,');
    const inspect = await failure(
      opened('process.stdin.once("data", () => console.log("cowcheck 1 ops=fork inspect=aura"))'),
    );
    expect(inspect.message).toContain('with inspect aura; accepted is inspect of frame, writable,');
  });

  test('garbage', async () => {
    expect(await rig(shaky('say("\\u0001bl\\u00e4h\\n")'))).toBe(
      'toy answered op 1, fork A -> B with "\\x01bl\\xc3\\xa4h": found "\\x01bl\\xc3\\xa4h", accepted is one of forked, taken, refused, absent, suspended',
    );
  });

  test('a reply that is another op’s', async () => {
    expect(await rig(shaky('say("bytes 00\\n")'))).toContain('accepted is one of forked, taken, refused');
  });

  test('words after the reply', async () => {
    expect(await rig(shaky('say("absent indeed\\n")'))).toContain(
      'found "indeed", accepted is " ; " and a section',
    );
  });

  test('a refusal of the line', async () => {
    expect(await rig(shaky('say("error what?\\n")'))).toContain('with "error what?"');
  });

  test('two answers', async () => {
    expect(await rig(shaky('say("absent\\nabsent\\n")'), [WRITE])).toBe(
      'toy answered "sync 1" with "absent": found "absent", accepted is sync 1: one answer for each line sent, in order',
    );
  });

  test('an answer nobody asked for', async () => {
    const script = shaky('say("absent\\n"); setTimeout(() => say("hello\\nhello"), 5)');
    const session = await opened(script);
    await session.run(tapeOf(WRITE), 'none', new Transcript());
    const error = await failure(
      (async () => {
        for (;;) await session.run(tapeOf(), 'none', new Transcript());
      })(),
    );
    expect(error.message).toMatch(/answered without being asked: "hello|with "hello": found "hello"/);
  });

  test('a flood', async () => {
    expect(await rig(shaky('say("absent\\n".repeat(1e6))'))).toContain('with "absent"');
  });

  test('a line without end', async () => {
    expect(await rig(shaky('say("x".repeat(2 << 20))'))).toContain(
      'sent a line of more than 1048576 bytes: "xxx',
    );
  });

  test('a page size it does not have', async () => {
    const script = 'process.stdin.once("data", () => console.log("cowcheck 1 ops=fork page-size=4096"))';
    const error = await failure(opened(script));
    expect([error.code, error.message]).toEqual([
      'wire-page-size',
      'toy has pages of 4096 bytes; this world has pages of 8',
    ]);
  });
});

test('nothing is left behind: no listener, no process', async () => {
  const before = process.listenerCount('exit');
  const session = await wireTarget(options(TOY)).open(WORLD);
  expect(process.listenerCount('exit')).toBe(before + 1);
  await session.close();
  expect(process.listenerCount('exit')).toBe(before);
});
