// What must not change when an op is refused or a process dies for lack of memory.
import type { Evidence, Invariant, Moment } from '../../spec/law.ts';
import { FOR_MEMORY, KILLED, REFUSED } from '../../spec/reply.ts';
import type { RuleId } from '../../spec/rule.ts';
import { nameOf } from '../../spec/tape.ts';
import { SWAPPED } from '../../spec/transcript.ts';
import { holders, pageName, wrongPage } from '../words.ts';

/** Anything that is not as it was before: bytes, mappings, counts, totals. */
function trace(m: Moment, rule: RuleId, what: string): Evidence | undefined {
  const { after, reference } = m;
  if (m.wrongCount > 0)
    return wrongPage(m, 0, rule, `${what} changed the bytes of ${nameOf(m.wrong[0] ?? 0)}.`);
  // Where memory was short, pages may have gone to their slots or come back: frames and counts follow, and nobody notices.
  for (let i = 0; i < after.entryCount; i++)
    if ((((after.bitsBefore[i] ?? 0) ^ (after.bits[after.entries[i] ?? 0] ?? 0)) & SWAPPED) !== 0)
      return undefined;
  for (let i = 0; i < after.entryCount; i++) {
    const entry = after.entries[i] ?? 0;
    if (after.entriesBefore[i] === after.frame[entry]) continue;
    const process = after.processOf[Math.floor(entry / reference.layout.pages)] ?? -1;
    return {
      rule,
      required: 'every mapping as before',
      found: `${process < 0 ? 'a space without a process' : nameOf(process)} maps another frame at ${pageName(m, entry % reference.layout.pages)}`,
      because: `${what} left a page table changed.`,
    };
  }
  if (m.inspects.count)
    for (let i = 0; i < after.frameCount; i++) {
      const frame = after.frames[i] ?? 0;
      if (after.count[frame] === after.countsBefore[i]) continue;
      return {
        rule,
        required: `frame ${frame} counted ${after.countsBefore[i]} as before`,
        found: `counted ${after.count[frame]}, held by ${holders(m, frame)}`,
        because: `${what} took a reference it did not give back.`,
      };
    }
  if (m.inspects.totals && (after.used !== m.before.used || after.tables !== m.before.tables))
    return {
      rule,
      required: `${m.before.used} data frames and ${m.before.tables} table frames in use as before`,
      found: `${after.used} and ${after.tables}`,
      because: `${what} did not give back what it had allocated.`,
    };
  return undefined;
}

export const failureInvariants: readonly Invariant[] = [
  {
    id: 'fork.refusal-changes-nothing',
    rules: [22],
    replies: ['refused'],
    needs: ['frame'],
    ops: ['fork', 'clone', 'vfork'],
    judge(m) {
      if (m.reply !== REFUSED) return 'idle';
      const child = m.words[m.at + 2] ?? 0;
      if ((m.after.spaceOf[child] ?? -1) >= 0)
        return {
          rule: 22,
          required: `no process ${nameOf(child)}`,
          found: 'it has memory',
          because: 'the fork was refused and left a child behind.',
        };
      return trace(m, 22, 'the refused fork') ?? 'held';
    },
  },
  {
    id: 'exec.failure-changes-nothing',
    rules: [17],
    replies: ['refused'],
    needs: ['frame'],
    ops: ['exec'],
    judge: m => (m.reply === REFUSED ? (trace(m, 17, 'the failed exec') ?? 'held') : 'idle'),
  },
  {
    id: 'fault.exhaustion-ends-one',
    reachable: can => can.frames !== undefined || can.ops.includes('failalloc'),
    rules: [23],
    replies: ['killed', 'refused'],
    needs: ['frame'],
    ops: ['write', 'kwrite', 'wait'],
    judge(m) {
      if (m.reply === KILLED && m.a === FOR_MEMORY) {
        if (m.wrongCount > 0)
          return wrongPage(
            m,
            0,
            23,
            `${nameOf(m.by)} was killed for want of memory and the bytes of ${nameOf(m.wrong[0] ?? 0)} changed.`,
          );
        if (m.dialect.releaseAt === 'exit' && (m.after.spaceOf[m.by] ?? -1) >= 0)
          return {
            rule: 23,
            required: `the memory of ${nameOf(m.by)} is released`,
            found: 'it still holds pages',
            because: 'the process was killed for want of memory and kept what it had.',
          };
        return 'held';
      }
      if (m.reply !== REFUSED || m.a !== FOR_MEMORY) return 'idle';
      return m.wrongCount === 0
        ? 'held'
        : wrongPage(m, 0, 23, 'the kernel had no memory for the break and bytes changed all the same.');
    },
  },
];
