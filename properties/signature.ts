// When two violations are the same finding.
import type { RuleId } from '../spec/rule.ts';

/**
 * Which rule wrong bytes break depends on how much of them is seen (a digest names no culprit), so there the invariant
 * alone counts.
 */
export function signatureOf(invariant: string, rule: RuleId): string {
  return invariant === 'reply.bytes' ? invariant : `${invariant}/${rule}`;
}
