// What a run or a campaign comes to: held, violated, inconclusive.
import { signatureOf } from '../properties/signature.ts';
import type { Evidence } from '../spec/law.ts';
import type { RuleId } from '../spec/rule.ts';
import { callOf } from './sparing.ts';
import { STRIDE, type Tape } from '../spec/tape.ts';

export type Verdict = 'held' | 'violated' | 'inconclusive';

/** A broken law: which, where, and the tape that shows it (its own copy, ending at the guilty op). */
export interface Violation {
  readonly invariant: string;
  readonly evidence: Evidence;
  /** Index of the guilty op. */
  readonly at: number;
  readonly tape: Tape;
}

/** Two violations are the same finding if they have the same signature. */
export function signature(
  violation: Pick<Violation, 'invariant'> & { readonly evidence: { readonly rule: RuleId } },
): string {
  return signatureOf(violation.invariant, violation.evidence.rule);
}

/** What a violation must keep while it is shrunk: its law, and what did it where that is known. */
export function kindOf(violation: Violation): string {
  const { culprit } = violation.evidence;
  return culprit === undefined ? signature(violation) : `${signature(violation)}/${culprit}`;
}

/** Segments whose pages a kernel has no reason to tell apart. */
const ALIKE = / (data|bss|heap)\b/;

/**
 * Two violations are of one defect if they are of one kind and the guilty calls are too, whatever page of memory they
 * went to. Of one that tells what did it, it does not matter where the call went. Of wrong bytes it matters how they got there.
 */
export function defectOf(violation: Violation): string {
  const told = violation.evidence.culprit !== undefined;
  const how = violation.invariant === BYTES && !isUnnamed(violation) ? `/${violation.evidence.rule}` : '';
  return `${kindOf(violation)}${how} at ${callOf(violation.tape, violation.at, !told).replace(ALIKE, ' memory')}`;
}

const BYTES = 'reply.bytes';

/** Are these wrong bytes of which only a digest was seen, so that nobody knows how they got there? */
export function isUnnamed({ invariant, evidence }: Violation): boolean {
  return invariant === BYTES && evidence.required.startsWith('digest ');
}

/** Memory that a process may store to; the image it may only read; anything else. */
function groundOf({ tape, at }: Violation): string {
  const call = callOf(tape, at);
  return /^\S+ (data|bss|heap|stack)\b/.test(call)
    ? 'memory'
    : /^\S+ (text|rodata)\b/.test(call)
      ? 'image'
      : '';
}

const guiltyOp = ({ tape, at }: Violation): number => tape.words[at * STRIDE] ?? -1;

/** May `one`, of a simpler tape, stand for `wanted`, without another defect taking its place? */
export function standsFor(one: Violation, wanted: Violation): boolean {
  if (kindOf(one) !== kindOf(wanted)) return false;
  if (wanted.evidence.culprit !== undefined && guiltyOp(one) !== guiltyOp(wanted)) return false;
  const named = wanted.invariant === BYTES && !isUnnamed(wanted);
  return groundOf(one) === groundOf(wanted) && (!named || one.evidence.rule === wanted.evidence.rule);
}

export type Outcome =
  | { readonly verdict: 'held' }
  | { readonly verdict: 'violated'; readonly violation: Violation }
  /** Nothing can be said: the rig failed, or the target answered less than it was asked. */
  | { readonly verdict: 'inconclusive'; readonly why: string };
