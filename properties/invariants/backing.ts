// What a kernel does with pages on its own, and what it was advised to do: nobody's memory may read differently for it.
import { type Invariant, type Moment, NOT_INHERITED, WIPED } from '../../spec/law.ts';
import { REARRANGEMENTS } from '../../spec/op.ts';
import { FORKED, OK } from '../../spec/reply.ts';
import { nameOf } from '../../spec/tape.ts';
import { REFERS } from '../../spec/transcript.ts';
import { pageName, wrongPage } from '../words.ts';

/** Wrong page number `i` of the moment is one that was freed lazily. */
function freed(m: Moment, i: number): boolean {
  const { reference } = m;
  const space = reference.spaceOf[m.wrong[3 * i]!]!;
  return space >= 0 && reference.lazy[space * reference.layout.pages + m.wrong[3 * i + 1]!] !== 0;
}

export const backingInvariants: readonly Invariant[] = [
  {
    id: 'advice.freed-reads-last-or-zero',
    quiet: 'idle',
    rules: [20],
    needs: ['frame', 'contents'],
    reachable: can => can.advice?.includes('free') ?? false,
    judge(m) {
      for (let i = 0; i < m.wrongCount; i++)
        if (freed(m, i))
          return wrongPage(
            m,
            i,
            20,
            `${nameOf(m.wrong[3 * i]!)} freed this page lazily: it reads its last bytes or zeros until it is stored to, and what was stored then; after the ${m.op} it reads something else.`,
          );
      return 'idle';
    },
  },
  {
    id: 'fork.obeys-advice',
    rules: [21],
    replies: ['forked'],
    needs: ['frame', 'contents'],
    ops: ['fork', 'clone', 'vfork'],
    while: 'marked',
    reachable: can => can.advice?.includes('dontfork') ?? false,
    judge(m) {
      if (m.reply !== FORKED) return 'idle';
      const { after, reference } = m;
      const { pages } = reference.layout;
      const parent = reference.spaceOf[m.by]! * pages;
      const child = m.words[m.at + 2]!;
      if (after.spaceOf[child] === after.spaceOf[m.by]) return 'idle';
      const shown = after.spaceOf[child]! * pages;
      let judged: 'held' | 'idle' = 'idle';
      for (let page = 0; page < pages; page++) {
        const mark = reference.inherit[parent + page]!;
        const left = (mark & NOT_INHERITED) !== 0;
        if (left && (after.bits[shown + page]! & REFERS) !== 0)
          return {
            rule: 21,
            required: `${nameOf(child)} has nothing at ${pageName(m, page)}`,
            found: `it maps frame ${after.frame[shown + page]}`,
            because: `${nameOf(m.by)} asked that its children do not get this page, and fork gave it to ${nameOf(child)}.`,
          };
        if (mark !== 0) judged = 'held';
        if (left || mark !== WIPED) continue;
        for (let i = 0; i < m.wrongCount; i++)
          if (m.wrong[3 * i] === child && m.wrong[3 * i + 1] === page)
            return wrongPage(
              m,
              i,
              21,
              `${nameOf(m.by)}, or a process before it, asked that this page is wiped at fork, and ${nameOf(child)} reads bytes from before.`,
            );
      }
      return judged;
    },
  },
  {
    id: 'backing.changes-nothing',
    rules: [35],
    replies: ['ok', 'refused'],
    needs: ['frame', 'contents'],
    ops: REARRANGEMENTS,
    judge(m) {
      const { after, facts } = m;
      if (m.wrongCount > 0) {
        const whose = nameOf(m.wrong[0]!);
        return wrongPage(
          m,
          0,
          35,
          `the ${m.op} only moves pages about, and ${whose} reads something else for it.`,
        );
      }
      const changed = facts.gained >= 0 ? facts.gained : facts.lost;
      if (changed >= 0 && m.inspects.copyOnWrite) {
        const entry = after.entries[changed]!;
        return {
          rule: 35,
          required: 'the same permissions as before',
          found:
            facts.gained >= 0
              ? 'a page may be accessed that might not be'
              : 'a page may no longer be written',
          because: `the ${m.op} changed what the owner of ${pageName(m, after.pageAt[entry]!)} may do there.`,
        };
      }
      return m.reply === OK && after.entryCount > 0 ? 'held' : 'idle';
    },
  },
];
