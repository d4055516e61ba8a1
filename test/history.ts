// Histories as tests write them: ops in the words of a report, replies in one short line each.
import type { Op, OpName } from '../spec/op.ts';
import { OPS } from '../spec/op.ts';
import { REASONS } from '../spec/reply.ts';
import { pack, STRIDE, type Tape, unpackAll, describeOp } from '../spec/tape.ts';
import { INJECTED, REPLY_STRIDE, type Transcript } from '../spec/transcript.ts';
import type { World } from '../spec/world.ts';

/** Fields that stand in a line without their name. */
const BARE = ['by', 'at', 'victim', 'pin', 'via', 'access', 'mapping', 'advice'];

/** `write A data+0 length 1 = 9` as an op. It reads only the table of ops, not the code that prints them. */
export function op(line: string): Op {
  const [name = '', ...tokens] = line.trim().split(/\s+/);
  const shape = OPS[name as OpName];
  if (shape === undefined) throw new Error(`no such op: ${line}`);
  const result: Record<string, string | number> = { op: name };
  for (const field of shape.fields) {
    if (field.kind === 'address' && field.optional === true && tokens.length === 0) continue;
    const label = field.name === 'as' ? '->' : field.name === 'value' ? '=' : field.name;
    if (!BARE.includes(field.name) && tokens.shift() !== label)
      throw new Error(`${label} is missing in: ${line}`);
    const token = tokens.shift();
    if (token === undefined) throw new Error(`${field.name} is missing in: ${line}`);
    result[field.name] = field.kind === 'integer' ? Number(token) : token;
  }
  if (tokens.length > 0) throw new Error(`too much in: ${line}`);
  return result as unknown as Op;
}

/** One op a line; empty lines do not count. */
export function ops(text: string): readonly Op[] {
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .map(op);
}

export function tape(world: World, text: string): Tape {
  return pack(world, ops(text));
}

/** A tape as text, one op a line. */
export function lines(of: Tape): string {
  return unpackAll(of).map(describeOp).join('\n');
}

/** Reply `index` of `seen` in a line: its kind, then what it carries; `!` marks an injected failure. */
export function said(seen: Transcript, index: number, names: readonly string[]): string {
  const [kind = -1, a = 0, b = 0, c = 0, flags = 0] = seen.replies.subarray(
    index * REPLY_STRIDE,
    (index + 1) * REPLY_STRIDE,
  );
  const why = REASONS[a];
  const text = [
    () => 'ok',
    () => `forked ${names[a]} ${b}`,
    () => `executed ${a} ${b} ${c}`,
    () => `bytes ${hex(seen.bytes.subarray(a, a + b))}`,
    () => `digest ${(a >>> 0).toString(16)}`,
    () => `reaped ${names[a]} ${b === 256 ? 'killed' : b}`,
    () => 'running',
    () => 'no-child',
    () => 'absent',
    () => 'taken',
    () => 'suspended',
    () => `refused ${why}${b > 0 ? ` after ${b}` : ''}`,
    () => `fault after ${a}`,
    () => 'signalled',
    () => `killed ${why}`,
  ][kind];
  return `${text?.() ?? `reply ${kind}`}${(flags & INJECTED) !== 0 ? ' !' : ''}`;
}

export function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(' ');
}

/** Position in `words` of op `index`. */
export function at(index: number): number {
  return index * STRIDE;
}
