// A packed reply in words, as reports and the walk show it.
import * as reply from './reply.ts';
import { INJECTED, REPLY_STRIDE, type Transcript } from './transcript.ts';

/** Reply `index` of `seen`: `forked: B in the parent, 0 in the child`. `names`: processes by number. */
export function describeReply(names: readonly string[], seen: Transcript, index: number): string {
  const at = index * REPLY_STRIDE;
  const [kind = 0, a = 0, b = 0, c = 0, flags = 0] = seen.replies.subarray(at, at + REPLY_STRIDE);
  const name = reply.REPLY_NAMES[kind] ?? '?';
  const process = (p: number): string => names[p] ?? 'nobody';
  const injected = (flags & INJECTED) !== 0 ? ' (injected failure)' : '';
  switch (kind) {
    case reply.FORKED:
      return `${name}: ${process(a)} in the parent, ${b} in the child${injected}`;
    case reply.EXECUTED:
      return `${name} image ${a}, argument ${b}, environment ${c}${injected}`;
    case reply.BYTES:
      return `${name} ${Array.from(seen.bytes.subarray(a, a + b), byte => byte.toString(16).padStart(2, '0')).join(' ')}${injected}`;
    case reply.DIGEST:
      return `${name} ${(a >>> 0).toString(16).padStart(8, '0')}${injected}`;
    case reply.REAPED:
      return `${name} ${process(a)}, ${b === reply.ENDED_KILLED ? 'killed' : `status ${b}`}${injected}`;
    case reply.REFUSED:
    case reply.KILLED:
      return `${name} (${reply.REASONS[a] ?? '?'})${injected}`;
    default:
      return `${name}${injected}`;
  }
}
