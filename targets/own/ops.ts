// Every op as a call of the user's object: which method, with what, and what its return means.
import * as op from '../../spec/op.ts';
import { ACCESSES, ADVICE, EXEC_VARIANTS, MAPPINGS, type OpName } from '../../spec/op.ts';
import * as reply from '../../spec/reply.ts';
import type { Tape } from '../../spec/tape.ts';
import type { Transcript } from '../../spec/transcript.ts';
import { digest, DIGEST_ABOVE, fillByte } from '../../spec/world.ts';
import { RigError } from '../../spec/target.ts';
import type { OwnFamily } from './family.ts';
import type { CowObject, ImagePages, Waited } from './object.ts';

/** One op on its way: its words, and where the reply goes. */
export interface Call {
  readonly object: CowObject;
  readonly family: OwnFamily<unknown>;
  readonly images: readonly ImagePages[];
  readonly tape: Tape;
  readonly into: Transcript;
  /** Where the words of the op start. */
  readonly at: number;
  /** Pages of an address space: page numbers from here on belong to nobody. */
  readonly pages: number;
}

/** A method's part of an op: calls it, and turns what comes back into a reply. */
export interface Deed {
  call(call: Call): unknown;
  told(call: Call, value: unknown): void;
}

const word = ({ tape, at }: Call, n: number): number => tape.words[at + n] ?? 0;
const actor = (call: Call): unknown => call.family.of(word(call, 1));
const ok = ({ into }: Call): void => into.reply(reply.OK);

function bytesOf(call: Call): Uint8Array {
  const value = word(call, 5);
  return Uint8Array.from({ length: word(call, 4) }, (_, i) => fillByte(value, i));
}

/** Pages count from the first of the range; one that starts inside a page is none, and is asked as one past the end. */
function range(call: Call): readonly [page: number, pages: number] {
  return [word(call, 3) === 0 ? word(call, 2) : call.pages, word(call, 4)];
}

function tellBytes(call: Call, value: unknown): void {
  const wanted = word(call, 4);
  const method = op.OP_NAMES[word(call, 0)] ?? '?';
  if (
    typeof value !== 'object' ||
    value === null ||
    typeof (value as { length?: unknown }).length !== 'number'
  )
    throw new RigError(
      'own-bytes',
      `${method} returned ${shown(value)}; accepted is an array or Uint8Array of ${wanted} bytes`,
      `let ${method}(process, page, offset, length) return the bytes, or throw if it refuses`,
    );
  const bytes = Uint8Array.from(value as ArrayLike<number>);
  const { into } = call;
  if (wanted > DIGEST_ABOVE) return into.reply(reply.DIGEST, digest(bytes, 0, bytes.length));
  const length = Math.min(bytes.length, DIGEST_ABOVE);
  const start = into.reserveBytes(length);
  into.bytes.set(bytes.subarray(0, length), start);
  into.reply(reply.BYTES, start, length);
}

export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 80));
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object';
  return typeof value === 'function' ? 'a function' : String(value);
}

const forks: Deed = {
  call: call => call.object.fork(actor(call)),
  told(call, child) {
    const { family, into } = call;
    const twin = family.numberOf(child);
    const number = word(call, 2);
    // A value that is a process already is not a new one: that is what fork then returned.
    if (twin < 0) family.add(number, child, word(call, 1));
    into.reply(reply.FORKED, twin < 0 ? number : twin, 0);
  },
};

const waits: Deed = {
  call(call) {
    const page = word(call, 2);
    return page < 0 ? call.object.wait?.(actor(call)) : call.object.wait?.(actor(call), page, word(call, 3));
  },
  told({ family, into }, value) {
    const waited = value as Waited<unknown>;
    if (waited === 'running') return into.reply(reply.RUNNING);
    if (waited === 'no-child') return into.reply(reply.NO_CHILD);
    const child = typeof waited === 'object' && waited !== null ? family.numberOf(waited.child) : -1;
    if (child < 0)
      throw new RigError(
        'own-wait',
        `wait returned ${shown(value)}; accepted is { child, status }, 'running' or 'no-child', and child one of those that fork returned`,
        'return the child itself, as fork returned it',
      );
    family.forget(child);
    into.reply(reply.REAPED, child, waited.status === 'killed' ? reply.ENDED_KILLED : waited.status);
  },
};

/** How each op is performed, by its code. An op without an entry is not offered in this process. */
export const DEEDS: Readonly<Record<number, Deed>> = {
  [op.FORK]: forks,
  [op.EXEC]: {
    call(call) {
      const image = word(call, 2);
      return call.object.exec?.(actor(call), call.images[image] ?? [], image);
    },
    told(call, value) {
      if (value !== undefined) call.family.becomes(word(call, 1), value);
      const variant = EXEC_VARIANTS[word(call, 3)];
      const argument = word(call, 4);
      const passed = variant === 'execve' || variant === 'execle' ? argument : 0;
      call.into.reply(reply.EXECUTED, word(call, 2), argument, passed);
    },
  },
  [op.EXIT]: {
    call: call => call.object.exit?.(actor(call), word(call, 2)),
    told(call) {
      call.family.end(word(call, 1));
      ok(call);
    },
  },
  [op.WAIT]: waits,
  [op.KILL]: {
    call(call) {
      const victim = word(call, 2);
      return call.family.lives(victim) ? call.object.kill?.(call.family.of(victim)) : undefined;
    },
    told(call) {
      const victim = word(call, 2);
      if (call.family.lives(victim)) call.family.end(victim);
      ok(call);
    },
  },
  [op.READ_OP]: {
    call: call => call.object.read(actor(call), word(call, 2), word(call, 3), word(call, 4)),
    told: tellBytes,
  },
  [op.WRITE_OP]: {
    call: call => call.object.write(actor(call), word(call, 2), word(call, 3), bytesOf(call)),
    told: ok,
  },
  [op.KREAD]: {
    call: call => call.object.kread?.(actor(call), word(call, 2), word(call, 3), word(call, 4)),
    told: tellBytes,
  },
  [op.KWRITE]: {
    call: call => call.object.kwrite?.(actor(call), word(call, 2), word(call, 3), bytesOf(call)),
    told: ok,
  },
  [op.MMAP]: {
    call: call =>
      call.object.mmap?.(
        actor(call),
        ...range(call),
        MAPPINGS[word(call, 5)] ?? 'private',
        ACCESSES[word(call, 6)] ?? 'none',
      ),
    told: ok,
  },
  [op.MUNMAP]: { call: call => call.object.munmap?.(actor(call), ...range(call)), told: ok },
  [op.MPROTECT]: {
    call: call => call.object.mprotect?.(actor(call), ...range(call), ACCESSES[word(call, 5)] ?? 'none'),
    told: ok,
  },
  [op.SBRK]: { call: call => call.object.sbrk?.(actor(call), word(call, 2)), told: ok },
  [op.MADVISE]: {
    call: call => call.object.madvise?.(actor(call), ...range(call), ADVICE[word(call, 5)] ?? 'dontneed'),
    told: ok,
  },
  [op.FAILALLOC]: { call: call => call.object.failalloc?.(word(call, 1)), told: ok },
};

/** The ops an object has a method for. */
export function opsOf(object: CowObject): readonly OpName[] {
  return op.OP_NAMES.filter((name, code) => {
    const method = (object as unknown as Readonly<Record<string, unknown>>)[name];
    return DEEDS[code] !== undefined && typeof method === 'function';
  });
}

/** What the adapter itself answers, from who lives: the object is not asked. Undefined: it is. */
export function answeredByLife(call: Call, most: number): number | undefined {
  const { tape, at, family } = call;
  const code = tape.words[at] ?? -1;
  if (code === op.FAILALLOC) return undefined;
  if (!family.lives(word(call, 1))) return reply.ABSENT;
  if (code === op.KILL && !family.has(word(call, 2))) return reply.ABSENT;
  if (code !== op.FORK) return undefined;
  if (family.has(word(call, 2))) return reply.TAKEN;
  return family.size >= most ? reply.REFUSED : undefined;
}

/** Does the op name an address outside of every page? */
export function isOutside(call: Call): boolean {
  const code = word(call, 0);
  return (code === op.READ_OP || code === op.WRITE_OP) && word(call, 2) >= call.pages;
}
