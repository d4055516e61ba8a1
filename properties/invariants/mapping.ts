// Mappings: shared pages stay shared, private ones of a file stay private, and changes of the layout concern one process.
import {
  type Invariant,
  type Judgement,
  type Moment,
  PRIVATE_FILE,
  SHARED,
  SHARED_FILE,
} from '../../spec/law.ts';
import type { OpName } from '../../spec/op.ts';
import { OK, REAPED } from '../../spec/reply.ts';
import type { RuleId } from '../../spec/rule.ts';
import { nameOf } from '../../spec/tape.ts';
import type { World } from '../../spec/world.ts';
import { wrongPage } from '../words.ts';

/** Kind of `page` of `process` in the reference. */
function kindOf(m: Moment, process: number, page: number): number {
  const space = m.reference.spaceOf[process]!; // in range: the process exists
  return space < 0 ? 0 : m.reference.kind[space * m.reference.layout.pages + page]!;
}

/** The first wrong page for which `of` holds, as evidence against `rule`. */
function against(
  m: Moment,
  rule: RuleId,
  because: (process: string) => string,
  of: (process: number, page: number) => boolean,
): Judgement {
  for (let i = 0; i < m.wrongCount; i++) {
    const process = m.wrong[3 * i]!;
    if (of(process, m.wrong[3 * i + 1]!)) return wrongPage(m, i, rule, because(nameOf(process)));
  }
  return 'held';
}

const hasArea = (world: World): boolean => (world.spare?.map ?? 0) > 0;

const STORES: readonly OpName[] = ['write', 'kwrite', 'wait'];
const CHANGES: readonly OpName[] = ['mmap', 'munmap', 'mprotect', 'sbrk'];

/** Did this op store to a page of this kind? */
function storedTo(m: Moment, wanted: (kind: number) => boolean): boolean {
  const page = m.words[m.at + 2]!;
  if (page < 0 || page >= m.reference.layout.pages) return false;
  return (m.reply === OK || m.reply === REAPED) && wanted(kindOf(m, m.by, page));
}

/** Does the op store to a page of a shared mapping of the file? */
function storesToFile(m: Moment): boolean {
  const { words, at, reference } = m;
  const first = words[at + 2]!;
  const length = m.op === 'wait' ? 4 : words[at + 4]!;
  const last = first + Math.floor((words[at + 3]! + length - 1) / reference.world.pageSize);
  for (let page = Math.max(0, first); page <= last && page < reference.layout.pages; page++)
    if (kindOf(m, m.by, page) === SHARED_FILE) return true;
  return false;
}

export const mappingInvariants: readonly Invariant[] = [
  {
    id: 'mapping.shared-reaches-all',
    rules: [5],
    replies: ['ok', 'reaped'],
    needs: ['frame', 'contents'],
    ops: STORES,
    concerns: hasArea,
    reachable: can => can.ops.includes('mmap'),
    judge(m) {
      if (!storedTo(m, kind => kind >= SHARED)) return 'idle';
      return against(
        m,
        5,
        process =>
          `${nameOf(m.by)} stored to a shared mapping and ${process}, which maps it too, does not see it.`,
        (process, page) => kindOf(m, process, page) >= SHARED,
      );
    },
  },
  {
    id: 'mapping.private-leaves-file',
    rules: [7],
    replies: ['ok', 'reaped'],
    needs: ['frame', 'contents'],
    ops: STORES,
    concerns: hasArea,
    reachable: can => can.ops.includes('mmap'),
    judge(m) {
      if (!storedTo(m, kind => kind === PRIVATE_FILE)) return 'idle';
      return against(
        m,
        7,
        process => `${nameOf(m.by)} stored to its private mapping of the file and ${process} sees it.`,
        process => process !== m.by,
      );
    },
  },
  {
    id: 'mapping.changes-concern-one',
    quiet: 'held',
    rules: [6],
    replies: ['ok'],
    needs: ['frame', 'contents'],
    ops: CHANGES,
    judge(m) {
      if (m.reply !== OK) return 'idle';
      return against(
        m,
        6,
        process => `${nameOf(m.by)} changed its own mappings and the bytes of ${process} changed.`,
        process => process !== m.by,
      );
    },
  },
  {
    id: 'mapping.fresh-pages-read-right',
    quiet: 'held',
    rules: [8],
    replies: ['ok'],
    needs: ['frame', 'contents'],
    ops: CHANGES,
    judge(m) {
      if (m.reply !== OK) return 'idle';
      return against(
        m,
        8,
        process =>
          `a page ${process} has just mapped does not read zero, or not as the file, or a page it kept has changed.`,
        process => process === m.by,
      );
    },
  },
  {
    id: 'mapping.cache-stays-clean',
    quiet: 'held',
    premise: 'clean',
    rules: [8],
    replies: ['ok', 'reaped'],
    needs: ['frame', 'contents', 'count'],
    ops: STORES,
    judge(m) {
      const { after } = m;
      if (m.reply !== OK && m.reply !== REAPED) return 'idle';
      for (let i = 0; i < after.writtenCount; i++) {
        const frame = after.written[i]!;
        if (after.held[frame]! - after.pinned[frame]! <= 0 || storesToFile(m)) continue;
        return {
          rule: 8,
          required: `frame ${frame}, which others will read from, keeps its bytes`,
          found: 'they changed',
          because: `${nameOf(m.by)} has no right to that frame: it is the source of zeros, or a cached page of the image or the file, and the ${m.op} stored into it without a break.`,
        };
      }
      return 'held';
    },
  },
  {
    id: 'advice.discards-own-only',
    quiet: 'held',
    rules: [19],
    replies: ['ok'],
    needs: ['frame', 'contents'],
    ops: ['madvise'],
    judge(m) {
      if (m.reply !== OK) return 'idle';
      return m.wrongCount === 0
        ? 'held'
        : wrongPage(
            m,
            0,
            19,
            m.wrong[0] === m.by
              ? `${nameOf(m.by)} does not read what a discarded page must read.`
              : `${nameOf(m.by)} discarded its own page and the bytes of ${nameOf(m.wrong[0]!)} changed.`,
          );
    },
  },
];
