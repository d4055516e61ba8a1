// Permissions: no page gains any, and copy-on-write takes none away.
import type { Invariant, Judgement, Moment } from '../../spec/law.ts';
import { FORKED } from '../../spec/reply.ts';
import { nameOf } from '../../spec/tape.ts';
import { COPY_ON_WRITE, EXECUTABLE, PRESENT, WRITABLE } from '../../spec/transcript.ts';
import { EXECUTE, WRITE } from '../../spec/world.ts';
import { pageName } from '../words.ts';

/** Asks about every changed present entry with the permission its owner is entitled to. */
function entries(
  m: Moment,
  ask: (bits: number, allowed: number, process: number, page: number) => Judgement,
): Judgement {
  const { after, reference } = m;
  const { pages } = reference.layout;
  let judged: Judgement = 'idle';
  for (let i = 0; i < after.entryCount; i++) {
    const entry = after.entries[i]!; // in range: entryCount bounds it
    const bits = after.bits[entry]!;
    if ((bits & PRESENT) === 0) continue;
    const space = (entry / pages) | 0;
    const process = after.processOf[space]!;
    if (process < 0) continue;
    const own = reference.spaceOf[process]!;
    if (own < 0) continue;
    const page = entry - space * pages;
    const judgement = ask(bits, reference.permission[own * pages + page]!, process, page);
    if (judgement === 'idle') continue;
    if (judgement !== 'held') return judgement;
    judged = judgement;
  }
  return judged;
}

export const permissionInvariants: readonly Invariant[] = [
  {
    id: 'permission.no-page-gains',
    rules: [10],
    needs: ['frame', 'writable'],
    judge(m) {
      const judgement = entries(m, (bits, allowed, process, page) => {
        if ((bits & (WRITABLE | COPY_ON_WRITE)) !== 0 && (allowed & WRITE) === 0)
          return {
            rule: 10,
            required: `${nameOf(process)} ${pageName(m, page)} is read-only`,
            found:
              (bits & WRITABLE) !== 0
                ? 'its entry is writable'
                : 'its entry is marked copy-on-write, so the next store will be let through',
            because: `${nameOf(process)} never had write permission there; the ${m.op} gave it some.`,
          };
        if (m.inspects.executable && (bits & EXECUTABLE) !== 0 && (allowed & EXECUTE) === 0)
          return {
            rule: 10,
            required: `${nameOf(process)} ${pageName(m, page)} is not executable`,
            found: 'its entry is executable',
            because: `${nameOf(process)} never had execute permission there; the ${m.op} gave it some.`,
          };
        return 'held';
      });
      return judgement === 'held' && m.reply !== FORKED ? 'idle' : judgement;
    },
  },
  {
    id: 'permission.writable-stays-writable',
    rules: [11],
    needs: ['frame', 'writable', 'copyOnWrite'],
    judge: m =>
      entries(m, (bits, allowed, process, page) => {
        if ((allowed & WRITE) === 0) return 'idle';
        if ((bits & (WRITABLE | COPY_ON_WRITE)) !== 0) return 'held';
        return {
          rule: 11,
          required: `${nameOf(process)} may write ${pageName(m, page)}: its entry is writable or copy-on-write`,
          found: 'it is neither',
          because: `the page is writable for ${nameOf(process)}, but after the ${m.op} its entry says plain read-only: the next store will be refused.`,
        };
      }),
  },
];
