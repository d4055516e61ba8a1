// What a law over states of interleaved steps is, and how it names what it sees.
import type { Interleaving } from '../../spec/interleaving.ts';
import type { Judgement } from '../../spec/law.ts';
import type { RuleId } from '../../spec/rule.ts';

/** Must hold in every state, whatever each processor is in the middle of. */
export interface InterleavedLaw {
  /** `room.fact`, stable. */
  readonly id: string;
  readonly rule: RuleId;
  /** `idle`: its premise is not there. */
  readonly judge: (state: Interleaving) => Judgement;
}

/** Is a processor in the kernel for this space? */
export function inHand(state: Interleaving, space: number): boolean {
  const { at, running } = state;
  for (let cpu = 0; cpu < at.length; cpu++) if (at[cpu] !== 0 && running[cpu] === space + 1) return true;
  return false;
}

/**
 * Can a page of this space be used now: by a processor that runs it in user mode; or, if the kernel is not at work for
 * it, by one that is free to run it?
 */
export function isOpen(state: Interleaving, space: number): boolean {
  const { at, running } = state;
  let inKernel = false;
  let anyFree = false;
  for (let cpu = 0; cpu < at.length; cpu++) {
    const runs = running[cpu] === space + 1;
    if (at[cpu] === 0) anyFree = true;
    if (runs && at[cpu] === 0) return true;
    if (runs) inKernel = true;
  }
  return anyFree && !inKernel;
}
