// The sentences of evidence: processes, pages and frames by the names a reader knows.
import type { Evidence, Moment } from '../spec/law.ts';
import type { RuleId } from '../spec/rule.ts';
import { nameOf } from '../spec/tape.ts';
import { REFERS, SWAPPED } from '../spec/transcript.ts';
import { fillByte } from '../spec/world.ts';

/** `data page 1` for a page number of this moment's layout. */
export function pageName(m: Moment, page: number): string {
  const { segmentOf, start } = m.reference.layout;
  const segment = segmentOf[page];
  return segment === undefined
    ? 'a page outside the address space'
    : `${segment} page ${page - start[segment]}`;
}

/** Bytes of one page on both sides, from the first difference on, at most eight. */
function bytesAt(m: Moment, process: number, page: number, offset: number): readonly [string, string] {
  const { reference, after } = m;
  const { pages } = reference.layout;
  const { pageSize } = reference.world;
  const length = Math.min(8, pageSize - offset);
  const from = (reference.where[(reference.spaceOf[process] ?? 0) * pages + page] ?? 0) * pageSize + offset;
  const required = Array.from(reference.bytes.subarray(from, from + length));
  const space = after.spaceOf[process] ?? -1;
  const entry = space * pages + page;
  const frame = space < 0 || ((after.bits[entry] ?? 0) & REFERS) === 0 ? -1 : (after.frame[entry] ?? -1);
  const hex = (bytes: readonly number[]): string =>
    bytes.map(byte => byte.toString(16).padStart(2, '0')).join(' ');
  if (frame < 0) return [hex(required), 'the page is not mapped'];
  const found = required.map((_, i) => {
    const at = frame * pageSize + offset + i;
    return fillByte(after.contents[at >> 2] ?? 0, at);
  });
  return [hex(required), hex(found)];
}

/** Evidence from wrong page number `i` of the moment. */
export function wrongPage(m: Moment, i: number, rule: RuleId, because: string): Evidence {
  const process = m.wrong[3 * i] ?? 0;
  const page = m.wrong[3 * i + 1] ?? 0;
  const offset = m.wrong[3 * i + 2] ?? 0;
  const [required, found] = bytesAt(m, process, page, offset);
  const where = `${nameOf(process)} ${pageName(m, page)} from byte ${offset}`;
  return { rule, required: `${where}: ${required}`, found, because: `${because} ${story(m, process, page)}` };
}

/** Where the bytes of a page come from: its frame, who else maps it, and what the target thinks of it. */
function story(m: Moment, process: number, page: number): string {
  const { after, reference } = m;
  const space = after.spaceOf[process] ?? -1;
  const entry = space * reference.layout.pages + page;
  const whose = `${nameOf(process)} at ${pageName(m, page)}`;
  if (space < 0 || ((after.bits[entry] ?? 0) & REFERS) === 0) return `${whose} has no frame.`;
  const frame = after.frame[entry] ?? -1;
  const count = after.count[frame] ?? -1;
  const counted = count < 0 ? '' : `, counted ${count}`;
  const free = after.free[frame] === 1 ? ', and on the free list' : '';
  return `${whose} has ${frameName(m, frame)}: held by ${holders(m, frame)}${counted}${free}.`;
}

/** `frame 3`, or `swap slot 3` where an entry says that it is one. */
export function frameName(m: Moment, frame: number): string {
  const { after } = m;
  for (let entry = 0; entry < after.frame.length; entry++)
    if (after.frame[entry] === frame && ((after.bits[entry] ?? 0) & SWAPPED) !== 0)
      return `swap slot ${frame}`;
  return `frame ${frame}`;
}

/** All that hold `frame`: `A (data page 0) and a pin`. */
export function holders(m: Moment, frame: number): string {
  const { after, reference } = m;
  const { pages } = reference.layout;
  const names: string[] = [];
  for (let process = 0; process < after.spaceOf.length; process++) {
    const space = after.spaceOf[process] ?? -1;
    if (space < 0) continue;
    for (let page = 0; page < pages; page++) {
      const entry = space * pages + page;
      if (after.frame[entry] !== frame || ((after.bits[entry] ?? 0) & REFERS) === 0) continue;
      names.push(`${nameOf(process)} (${pageName(m, page)})`);
    }
  }
  const pins = after.pinned[frame] ?? 0;
  if ((after.held[frame] ?? 0) > pins) names.push('a cache');
  if (pins > 0) names.push(pins === 1 ? 'a pin' : `${pins} pins`);
  return names.length === 0 ? 'nobody' : names.join(' and ');
}
