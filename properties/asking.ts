// Who is asked when: invariants and witnesses by op and reply, in a shape that is quick to ask.
import type { Invariant, Witness } from '../spec/law.ts';
import type { OpName } from '../spec/op.ts';
import type { ReplyName } from '../spec/reply.ts';
import type { RuleId } from '../spec/rule.ts';
import type { Capabilities } from '../spec/target.ts';

/** Invariants and witnesses as they are asked: all of one shape, so that asking is quick. */
export interface Asked {
  readonly id: string;
  readonly rules: readonly RuleId[];
  readonly judge: Invariant['judge'];
}
export interface AskedWitness {
  readonly seenIn: Witness['seenIn'];
  readonly bits: number;
  readonly kept: number;
}
/** Bits that say nothing. */
export const ANY = -1;

export function asked(invariants: readonly Invariant[]): readonly Asked[] | undefined {
  return invariants.length === 0
    ? undefined
    : invariants.map(({ id, rules, judge }) => ({ id, rules, judge }));
}

export function speaks(invariant: Invariant, name: OpName, reply: ReplyName): boolean {
  const { ops, replies } = invariant;
  if (ops !== undefined && !ops.includes(name)) return false;
  if (replies === undefined) return true;
  return Array.isArray(replies)
    ? replies.includes(reply)
    : ((replies as Partial<Record<OpName, readonly ReplyName[]>>)[name]?.includes(reply) ?? true);
}

export function offers(
  can: Capabilities,
  inspecting: boolean,
  needs: readonly (keyof Capabilities['inspects'])[],
): boolean {
  return needs.length === 0 || (inspecting && needs.every(need => can.inspects[need]));
}
