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
/** Facts that wake who waits for them if they are not there, a bit each. */
const WAKING = ['thrifty', 'clean', 'gone'] as const;
const WAKINGS = 1 << WAKING.length;

/** What there is to ask after an op and a reply to it. Absent lists are of nobody. */
export interface Inquiry {
  /** Everybody who may have something to say. */
  readonly all: readonly Invariant[];
  /** The same, for when something is wrong. */
  readonly objecting: readonly Asked[] | undefined;
  /** Those who must be asked in a quiet moment too, by the waking facts that are missing. */
  readonly loud: readonly (readonly Asked[] | undefined)[];
  /** And those about what is seldom there: pins, pages marked for fork; and about the end of everything. */
  readonly special: readonly Asked[] | undefined;
  readonly last: readonly Asked[] | undefined;
  /** Which witnesses can be seen, a bit each. */
  readonly witnesses: number;
  /** How often the moment was quiet, by `slots` of what was there: hits that are yet to be booked. */
  readonly quietTimes: Float64Array;
}

export function inquiryAfter(
  invariants: readonly Invariant[],
  witnesses: readonly Witness[],
  name: OpName,
  reply: ReplyName,
  slots: number,
): Inquiry {
  const all = invariants.filter(one => speaks(one, name, reply));
  const loud = all.filter(
    one => one.quiet === undefined && one.drained === undefined && one.while === undefined,
  );
  const awake = (one: Invariant, missing: number): boolean =>
    WAKING.some((fact, bit) => fact === one.premise && (missing >> bit) % 2 === 1);
  return {
    all,
    objecting: asked(all),
    loud: Array.from({ length: WAKINGS }, (_, missing) =>
      asked(all.filter(one => loud.includes(one) || awake(one, missing))),
    ),
    special: asked(all.filter(one => one.while !== undefined)),
    last: asked(all.filter(one => one.drained !== undefined)),
    witnesses: witnesses.reduce(
      (bits, { at, replies }, n) =>
        (at?.includes(name) ?? true) && (replies?.includes(reply) ?? true) ? bits | (1 << n) : bits,
      0,
    ),
    quietTimes: new Float64Array(slots),
  };
}

/** Bits that say nothing. */
export const ANY = -1;

function asked(invariants: readonly Invariant[]): readonly Asked[] | undefined {
  return invariants.length === 0
    ? undefined
    : invariants.map(({ id, rules, judge }) => ({ id, rules, judge }));
}

function speaks(invariant: Invariant, name: OpName, reply: ReplyName): boolean {
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
