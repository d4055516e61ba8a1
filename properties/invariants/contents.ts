// What every process reads: after each op, exactly what an eager copy would hold.
import type { Invariant, Judgement, Moment } from '../../spec/law.ts';
import type { OpName } from '../../spec/op.ts';
import { EXECUTED, FORKED, KILLED, OK, REAPED } from '../../spec/reply.ts';
import type { RuleId } from '../../spec/rule.ts';
import { nameOf } from '../../spec/tape.ts';
import { wrongPage } from '../words.ts';

/** The first wrong page for which `of` holds, as evidence against `rule`. */
function against(
  m: Moment,
  rule: RuleId,
  because: string,
  of: (process: number, page: number) => boolean,
): Judgement {
  for (let i = 0; i < m.wrongCount; i++)
    if (of(m.wrong[3 * i] ?? 0, m.wrong[3 * i + 1] ?? 0)) return wrongPage(m, i, rule, because);
  return 'held';
}

const others =
  (m: Moment) =>
  (process: number): boolean =>
    process !== m.by;

/** Is `a` the parent or the child of `b`? */
function related(m: Moment, a: number, b: number): boolean {
  return m.reference.parent[a] === b || m.reference.parent[b] === a;
}

/** The reply by which each op says that somebody left; of the others, that their process was killed. */
const LEAVES: Readonly<Partial<Record<OpName, number>>> = {
  exit: OK,
  kill: OK,
  wait: REAPED,
  exec: EXECUTED,
};

/** Who ended with this op, was reaped by it, or runs another image. */
function whoLeft(m: Moment): number {
  if (m.op === 'wait') return m.a;
  return m.op === 'kill' ? (m.words[m.at + 2] ?? 0) : m.by;
}

function contents(
  id: string,
  rule: RuleId,
  ops: readonly OpName[],
  replies: NonNullable<Invariant['replies']>,
  judge: (m: Moment) => Judgement,
  premise: Pick<Invariant, 'quiet' | 'relatives'> = { quiet: 'held' },
): Invariant {
  return { id, rules: [rule], needs: ['frame', 'contents'], ops, replies, ...premise, judge };
}

export const contentsInvariants: readonly Invariant[] = [
  contents('fork.copies-every-page', 1, ['fork', 'clone'], ['forked'], m => {
    if (m.reply !== FORKED) return 'idle';
    if (m.wrongCount === 0) return 'held';
    return wrongPage(
      m,
      0,
      1,
      `right after the fork ${nameOf(m.wrong[0] ?? 0)} does not read what ${nameOf(m.by)} had at that moment.`,
    );
  }),
  contents(
    'isolation.write-stays-private',
    2,
    ['write'],
    ['ok'],
    m => {
      if (m.reply !== OK || m.reference.processes < 2) return 'idle';
      if (m.wrongCount === 0) return 'held';
      return against(
        m,
        2,
        `${nameOf(m.by)} wrote its own page and the byte changed in a relative too.`,
        process => process !== m.by && related(m, process, m.by),
      );
    },
    { quiet: 'held', relatives: 2 },
  ),
  contents(
    'isolation.any-family',
    3,
    ['write'],
    ['ok'],
    m => {
      if (m.reply !== OK || m.reference.processes < 3) return 'idle';
      if (m.wrongCount === 0) return 'held';
      return against(
        m,
        3,
        `${nameOf(m.by)} wrote its own page and the byte changed in a process that is neither its parent nor its child.`,
        others(m),
      );
    },
    { quiet: 'held', relatives: 3 },
  ),
  contents('contents.write-is-exact', 4, ['write'], ['ok'], m => {
    if (m.reply !== OK) return 'idle';
    if (m.wrongCount === 0) return 'held';
    const offset = m.wrong[2] ?? 0;
    const from = m.words[m.at + 3] ?? 0;
    const inside = offset >= from && offset < from + (m.words[m.at + 4] ?? 0);
    return against(
      m,
      inside ? 2 : 4,
      inside
        ? `${nameOf(m.by)} does not see what it has just written.`
        : `the write changed bytes of ${nameOf(m.by)} that it did not name.`,
      process => process === m.by,
    );
  }),
  contents(
    'kernel.write-obeys',
    13,
    ['kwrite'],
    ['ok', 'fault', 'refused'],
    m => {
      if (m.wrongCount === 0) return m.reply === OK ? 'held' : 'idle';
      if (m.reply === KILLED) return 'idle';
      const own = m.wrong[0] === m.by;
      return wrongPage(
        m,
        0,
        13,
        own
          ? `after the kernel wrote for ${nameOf(m.by)}, its page does not hold what was written and nothing else.`
          : `the kernel wrote for ${nameOf(m.by)} and the bytes changed in ${nameOf(m.wrong[0] ?? 0)} too.`,
      );
    },
    {},
  ),
  contents('kernel.read-changes-nothing', 14, ['kread'], ['bytes', 'digest', 'fault', 'refused'], m =>
    m.wrongCount === 0 ? 'held' : wrongPage(m, 0, 14, 'a kernel read changed the bytes of a page.'),
  ),
  contents(
    'wait.status-stays-private',
    15,
    ['wait'],
    ['reaped'],
    m => {
      if (m.reply !== REAPED || (m.words[m.at + 2] ?? -1) < 0) return 'idle';
      if (m.wrongCount === 0) return 'held';
      const own = m.wrong[0] === m.by;
      return wrongPage(
        m,
        0,
        15,
        own
          ? `the status did not land where ${nameOf(m.by)} asked for it.`
          : `the status for ${nameOf(m.by)} landed in the memory of ${nameOf(m.wrong[0] ?? 0)} too.`,
      );
    },
    {},
  ),
  contents('contents.fresh-pages-zero', 8, ['exec'], ['executed'], m => {
    if (m.reply !== EXECUTED) return 'idle';
    if (m.wrongCount === 0) return 'held';
    const { segmentOf } = m.reference.layout;
    return against(m, 8, 'a page that nobody has touched does not read zero.', (process, page) => {
      const segment = segmentOf[page];
      return process === m.by && (segment === 'bss' || segment === 'heap' || segment === 'stack');
    });
  }),
  contents('exec.replaces-image', 16, ['exec'], ['executed'], m => {
    if (m.reply !== EXECUTED) return 'idle';
    if (m.wrongCount === 0) return 'held';
    return against(
      m,
      16,
      `after exec ${nameOf(m.by)} does not read the new image.`,
      process => process === m.by,
    );
  }),
  contents(
    'isolation.end-leaves-others',
    9,
    ['exit', 'kill', 'wait', 'exec', 'write', 'read', 'kwrite'],
    {
      exit: ['ok'],
      kill: ['ok'],
      wait: ['reaped'],
      exec: ['executed'],
      write: ['killed'],
      read: ['killed'],
      kwrite: ['killed'],
    },
    m => {
      if (m.reply !== (LEAVES[m.op] ?? KILLED) || m.reference.processes === 0) return 'idle';
      if (m.wrongCount === 0) return 'held';
      return wrongPage(
        m,
        0,
        9,
        `${nameOf(whoLeft(m))} left its memory, and the bytes of ${nameOf(m.wrong[0] ?? 0)} changed.`,
      );
    },
    { quiet: 'held', relatives: 1 },
  ),
  {
    id: 'contents.nothing-else-changes',
    quiet: 'idle',
    rules: [2],
    needs: ['frame', 'contents'],
    judge: m =>
      m.wrongCount === 0
        ? 'idle'
        : wrongPage(m, 0, 2, 'a page reads differently from an eager copy, though no op stored to it.'),
  },
];
