// One answer to one op, parsed into the packed transcript.
import * as op from '../../spec/op.ts';
import * as reply from '../../spec/reply.ts';
import { STRIDE, type Tape } from '../../spec/tape.ts';
import { INJECTED, SITE_SHIFT, type Transcript } from '../../spec/transcript.ts';
import { DIGEST_ABOVE } from '../../spec/world.ts';
import type { Cursor } from './cursor.ts';

const ALWAYS = ['absent', 'suspended'] as const;
const MAPS = ['ok', 'refused'] as const;
const PROGRAM_FORKS = ['forked', 'taken', 'refused'] as const;

/** The replies each op may have, by its code. */
const ACCEPTED: Readonly<Record<number, readonly reply.ReplyName[]>> = {
  [op.FORK]: [...PROGRAM_FORKS, ...ALWAYS],
  [op.CLONE]: [...PROGRAM_FORKS, ...ALWAYS],
  [op.VFORK]: [...PROGRAM_FORKS, ...ALWAYS],
  [op.EXEC]: ['executed', 'refused', 'killed', ...ALWAYS],
  [op.EXIT]: ['ok', ...ALWAYS],
  [op.WAIT]: ['reaped', 'running', 'no-child', 'fault', 'refused', 'killed', ...ALWAYS],
  [op.KILL]: ['ok', ...ALWAYS],
  [op.READ_OP]: ['bytes', 'digest', 'signalled', 'killed', ...ALWAYS],
  [op.WRITE_OP]: ['ok', 'signalled', 'killed', ...ALWAYS],
  [op.KREAD]: ['bytes', 'digest', 'fault', 'refused', 'killed', ...ALWAYS],
  [op.KWRITE]: ['ok', 'fault', 'refused', 'killed', ...ALWAYS],
  [op.MMAP]: [...MAPS, ...ALWAYS],
  [op.MUNMAP]: [...MAPS, ...ALWAYS],
  [op.MPROTECT]: [...MAPS, ...ALWAYS],
  [op.SBRK]: [...MAPS, ...ALWAYS],
  [op.MADVISE]: [...MAPS, ...ALWAYS],
  [op.MREMAP]: [...MAPS, ...ALWAYS],
  [op.PIN]: ['ok', 'taken', 'fault', 'refused', ...ALWAYS],
  [op.UNPIN]: ['ok', 'absent'],
  [op.DMA]: ['ok', 'bytes', 'digest', 'refused', 'absent'],
  [op.SWAPOUT]: [...MAPS, ...ALWAYS],
  [op.SWAPIN]: [...MAPS, ...ALWAYS],
  [op.MERGE]: [...MAPS, ...ALWAYS],
  [op.UNMERGE]: [...MAPS, ...ALWAYS],
  [op.SPLIT]: [...MAPS, ...ALWAYS],
  [op.COLLAPSE]: [...MAPS, ...ALWAYS],
  [op.FAILALLOC]: ['ok'],
};

const CODES = new Map(reply.REPLY_NAMES.map((name, code) => [name, code]));
const SECTION = 0x3b; // ;

/** What a program may answer to op `code`, for messages. */
export function acceptedReplies(code: number): string {
  return (ACCEPTED[code] ?? []).join(', ');
}

/** The number of a site without a name, and of those that a program names beyond so many. */
const UNNAMED = 63;

/** Number of the site called `name`: sites count in the order in which they appear. */
function siteOf(name: string, sites: string[]): number {
  if (name === '') return UNNAMED;
  const known = sites.indexOf(name);
  if (known >= 0) return known;
  return sites.length < UNNAMED ? sites.push(name) - 1 : UNNAMED;
}

/**
 * Reads the reply under `cursor` into `into`; leaves the cursor at the first inspection section or the end.
 * Allocation sites that the program names for the first time are added to `sites`.
 */
export function readReply(
  cursor: Cursor,
  tape: Tape,
  index: number,
  into: Transcript,
  sites: string[],
): void {
  const code = tape.words[index * STRIDE] ?? -1;
  const accepted = ACCEPTED[code] ?? [];
  const name = accepted.find(word => cursor.takes(word));
  if (name === undefined) cursor.fail(`one of ${accepted.join(', ')}`);
  let a = 0;
  let b = 0;
  let c = 0;
  const processes = tape.names.length - 1;
  switch (name) {
    case 'forked':
      a = cursor.number('the process whose id fork returned');
      if (a > processes) a = -1;
      b = cursor.known('what fork returned in the child', 0x7fffffff);
      break;
    case 'executed':
      a = cursor.known('the image', 255);
      b = cursor.known('the argument', 0x7fffffff);
      c = cursor.known('the environment', 0x7fffffff);
      break;
    case 'bytes': {
      const length = tape.words[index * STRIDE + (code === op.DMA ? 3 : 4)] ?? 0;
      if (length > DIGEST_ABOVE) cursor.fail(`digest for a read of ${length} bytes`);
      a = into.byteCount;
      b = readHex(cursor, into);
      break;
    }
    case 'digest':
      a = readDigest(cursor);
      break;
    case 'reaped':
      a = cursor.known('the child', processes);
      b = cursor.takes('killed') ? reply.ENDED_KILLED : cursor.known('the exit status', 255);
      break;
    case 'refused':
      a = cursor.takes('memory')
        ? reply.FOR_MEMORY
        : cursor.takes('processes')
          ? reply.FOR_PROCESSES
          : cursor.takes('missing')
            ? reply.FOR_MISSING
            : cursor.takes('range')
              ? reply.FOR_RANGE
              : cursor.fail('memory, processes, missing or range');
      if (code === op.KWRITE && startsNumber(cursor)) b = cursor.known('bytes that stand', 65536);
      break;
    case 'fault':
      if (!startsNumber(cursor)) break;
      if (code === op.KWRITE) a = cursor.known('bytes that stand', 65536);
      else if (code === op.WAIT) a = cursor.known('the child that is gone', processes) + 1;
      break;
    case 'killed':
      a = cursor.takes('access')
        ? reply.FOR_ACCESS
        : cursor.takes('memory')
          ? reply.FOR_MEMORY
          : cursor.fail('access or memory');
      break;
    default:
  }
  const flags = cursor.takes('injected') ? INJECTED | (siteOf(cursor.word(), sites) << SITE_SHIFT) : 0;
  if (cursor.more && cursor.bytes[cursor.at] !== SECTION)
    cursor.fail('" ; " and a section, or the end of the line');
  into.reply(CODES.get(name) ?? 0, a, b, c, flags);
}

function startsNumber(cursor: Cursor): boolean {
  if (!cursor.more) return false;
  const byte = cursor.bytes[cursor.at] ?? 0;
  return byte >= 0x30 && byte <= 0x39;
}

function readHex(cursor: Cursor, into: Transcript): number {
  let count = 0;
  if (!cursor.more) cursor.fail('hex digits');
  for (let byte = cursor.hexByte(); byte >= 0; byte = cursor.hexByte()) {
    const at = into.reserveBytes(1);
    into.bytes[at] = byte;
    count++;
  }
  if (count === 0 || count > DIGEST_ABOVE) cursor.fail(`1 to ${DIGEST_ABOVE} bytes in hex`);
  return count;
}

function readDigest(cursor: Cursor): number {
  let value = 0;
  if (!cursor.more) cursor.fail('eight hex digits');
  for (let i = 0; i < 4; i++) {
    const byte = cursor.hexByte();
    if (byte < 0) cursor.fail('eight hex digits');
    value = (value << 8) | byte;
  }
  return value;
}
