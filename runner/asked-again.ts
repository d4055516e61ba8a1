// The same history again: after a reset, several times over, and op by op instead of all at once.
import { drawn } from '../properties/generator/profile.ts';
import { TapeWriter } from '../properties/generator/writer.ts';
import { type ConformityCheck, fault, sound } from '../spec/conformity.ts';
import type { Op, OpName } from '../spec/op.ts';
import { BYTES } from '../spec/reply.ts';
import { describeOp, pack, STRIDE, type Tape, unpack } from '../spec/tape.ts';
import type { Session } from '../spec/target.ts';
import { REPLY_STRIDE, Transcript } from '../spec/transcript.ts';
import { misjudged, RESET_REMEDY } from './asked-alone.ts';
import type { Rig } from './rig.ts';

const SEED = 1;
const REPEATS = 4;
export const TAPES = 4;

/** A history that leaves nothing as it was. */
function dirt(rig: Rig): Tape {
  const { world, can } = rig;
  const ops: Op[] = [];
  const add = (name: OpName, op: Op): void => {
    if (can.ops.includes(name)) ops.push(op);
  };
  add('fork', { op: 'fork', by: 'A', as: 'B' });
  add('write', { op: 'write', by: 'A', at: 'data+0', length: 4, value: 0x5a5a5a5a });
  add('write', { op: 'write', by: 'B', at: 'data+4', length: 4, value: 0x3c3c3c3c });
  add('mprotect', { op: 'mprotect', by: 'A', at: 'data+0', pages: 1, access: 'none' });
  return pack(world, ops);
}

export async function reset(rig: Rig): Promise<ConformityCheck> {
  const { world, can } = rig;
  const ops: Op[] = [];
  const bytes = Math.min(world.pageSize, 64);
  if (can.ops.includes('read'))
    ops.push(
      { op: 'read', by: 'A', at: 'data+0', length: bytes },
      { op: 'read', by: 'B', at: 'data+0', length: 1 },
    );
  if (can.ops.includes('fork')) ops.push({ op: 'fork', by: 'A', as: 'B' });
  const clean = pack(world, ops);
  const before = await misjudged(rig, clean);
  if (before !== undefined)
    return fault('start', `right after the start: ${before}`, 'see section 2 of docs/protocol.md');
  await rig.run(dirt(rig));
  const after = await misjudged(rig, clean);
  return after === undefined
    ? sound('reset', 'after a reset all is as at the start: contents, names, processes')
    : fault(
        'reset',
        `a reset leaves something behind: after a run that forked and wrote, ${after}`,
        RESET_REMEDY,
      );
}

export function tapes(rig: Rig, count: number, maxOps: number): readonly Tape[] {
  const { can, world } = rig;
  const writer = new TapeWriter(world, {
    ops: drawn(can.ops),
    profile: 'base',
    maxOps,
    refusalKills: can.dialect.refusedAccess === 'killed',
    readBack: true,
  });
  return Array.from({ length: count }, (_, run) => {
    const tape = writer.write(SEED, run);
    return { ...tape, words: tape.words.slice(0, tape.length * STRIDE) };
  });
}

/** What a tape was answered, one text an op. */
function answers(seen: Transcript): readonly string[] {
  return Array.from({ length: seen.count }, (_, i) => {
    const [kind = 0, a = 0, b = 0, ...rest] = seen.replies.subarray(i * REPLY_STRIDE, (i + 1) * REPLY_STRIDE);
    // The place of bytes in their buffer is no part of the answer.
    return kind === BYTES ? `bytes ${seen.bytes.subarray(a, a + b).join()}` : [kind, a, b, ...rest].join();
  });
}

export async function answered(session: Session, parts: readonly Tape[]): Promise<readonly string[]> {
  const all: string[] = [];
  await session.reset();
  for (const part of parts) {
    const seen = new Transcript();
    await session.run(part, 'none', seen);
    all.push(...answers(seen));
  }
  return all;
}

const difference = (one: readonly string[], other: readonly string[]): number =>
  Array.from({ length: Math.max(one.length, other.length) }, (_, i) => one[i] === other[i]).indexOf(false);

/** Milliseconds after which a check that has compared something leaves it at that. */
const ENOUGH = 2500;

export async function repeats(rig: Rig): Promise<ConformityCheck> {
  const started = performance.now();
  let compared = 0;
  for (const tape of tapes(rig, TAPES, 60)) {
    const first = await answered(rig.session, [tape]);
    for (let again = 1; again < REPEATS; again++) {
      if (compared > 0 && performance.now() - started > ENOUGH) break;
      const at = difference(first, await answered(rig.session, [tape]));
      compared++;
      if (at < 0) continue;
      return fault(
        'determinism',
        `the same ${tape.length} ops were answered otherwise when they were run again: first at op ${at + 1}, ${describeOp(unpack(tape, at))}`,
        'no answer may depend on time, chance or what ran before: findings could not be replayed',
      );
    }
  }
  return sound('determinism', `histories run again ${compared} times: the same answers`);
}

export async function batches(rig: Rig): Promise<ConformityCheck> {
  const started = performance.now();
  let compared = 0;
  for (const tape of tapes(rig, TAPES, 40)) {
    const steps = Array.from({ length: tape.length }, (_, i) => ({
      ...tape,
      words: tape.words.slice(i * STRIDE, (i + 1) * STRIDE),
      length: 1,
    }));
    if (compared > 0 && performance.now() - started > ENOUGH) break;
    const at = difference(await answered(rig.session, [tape]), await answered(rig.session, steps));
    compared++;
    if (at >= 0)
      return fault(
        'batching',
        `the same ${tape.length} ops were answered otherwise one by one than all at once: first at op ${at + 1}, ${describeOp(unpack(tape, at))}`,
        'an answer may depend on the ops before it, not on how they were sent',
      );
  }
  return sound('batching', `${compared} histories: one by one is answered as all at once`);
}
