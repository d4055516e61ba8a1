// Permissions: no page gains any, and copy-on-write takes none away.
import type { Invariant, Moment } from '../../spec/law.ts';
import { FORKED } from '../../spec/reply.ts';
import { nameOf } from '../../spec/tape.ts';
import { COPY_ON_WRITE, WRITABLE } from '../../spec/transcript.ts';
import { WRITE } from '../../spec/world.ts';
import { pageName } from '../words.ts';

/** Whose changed entry `i` is, which page, and what its owner may do there. Indexes in range: a fact names `i`. */
function placeOf(m: Moment, i: number): { owner: string; page: string; may: number } {
  const { after, reference } = m;
  const entry = after.entries[i]!;
  const process = after.processOf[after.spaceAt[entry]!]!;
  const page = after.pageAt[entry]!;
  const may = reference.permission[reference.spaceOf[process]! * reference.layout.pages + page]!;
  return { owner: nameOf(process), page: pageName(m, page), may };
}

export const permissionInvariants: readonly Invariant[] = [
  {
    id: 'permission.no-page-gains',
    quiet: 'held',
    premise: 'inherited',
    rules: [10],
    needs: ['frame', 'writable'],
    judge(m) {
      const { gained, owned } = m.facts;
      if (gained < 0) return owned > 0 && m.reply === FORKED ? 'held' : 'idle';
      const { owner, page, may } = placeOf(m, gained);
      const bits = m.after.bits[m.after.entries[gained]!]!;
      if ((bits & (WRITABLE | COPY_ON_WRITE)) !== 0 && (may & WRITE) === 0)
        return {
          rule: 10,
          required: `${owner} ${page} is read-only`,
          found:
            (bits & WRITABLE) !== 0
              ? 'its entry is writable'
              : 'its entry is marked copy-on-write, so the next store will be let through',
          because: `${owner} never had write permission there; the ${m.op} gave it some.`,
        };
      return {
        rule: 10,
        required: `${owner} ${page} is not executable`,
        found: 'its entry is executable',
        because: `${owner} never had execute permission there; the ${m.op} gave it some.`,
      };
    },
  },
  {
    id: 'permission.executable-stays-executable',
    quiet: 'held',
    premise: 'inherited',
    rules: [10],
    needs: ['frame', 'executable'],
    judge(m) {
      const { barred, owned } = m.facts;
      if (barred < 0) return owned > 0 && m.reply === FORKED ? 'held' : 'idle';
      const { owner, page } = placeOf(m, barred);
      return {
        rule: 10,
        required: `${owner} may execute ${page}`,
        found: 'its entry is not executable',
        because: `${owner} may execute from this page, and since the ${m.op} its entry does not let it.`,
      };
    },
  },
  {
    id: 'permission.writable-stays-writable',
    quiet: 'held',
    premise: 'storable',
    rules: [11],
    needs: ['frame', 'writable', 'copyOnWrite'],
    judge(m) {
      const { lost, storable } = m.facts;
      if (lost < 0) return storable > 0 ? 'held' : 'idle';
      const { owner, page } = placeOf(m, lost);
      return {
        rule: 11,
        required: `${owner} may write ${page}: its entry is writable or copy-on-write`,
        found: 'it is neither',
        because: `the page is writable for ${owner}, but after the ${m.op} its entry says plain read-only: the next store will be refused.`,
      };
    },
  },
];
