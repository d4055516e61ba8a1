// What a law over states of interleaved steps is, and how it names what it sees.
import type { Interleaving } from '../../spec/interleaving.ts';
import type { Judgement } from '../../spec/law.ts';
import type { RuleId } from '../../spec/rule.ts';
import { nameOf } from '../../spec/tape.ts';

/** Must hold in every state, whatever each processor is in the middle of. */
export interface InterleavedLaw {
  /** `room.fact`, stable. */
  readonly id: string;
  readonly rule: RuleId;
  /** `idle`: its premise is not there. */
  judge(state: Interleaving): Judgement;
}

/** `f0`, or `z` for the zero frame. */
export function frameWord(state: Interleaving, frame: number): string {
  return frame === state.zero ? 'z' : `f${frame}`;
}

/** `A.0`: page 0 of the first space. */
export function pageWord(state: Interleaving, place: number): string {
  const { pages } = state.scope;
  return `${nameOf(Math.trunc(place / pages))}.${place % pages}`;
}

/** What a frame reads: its value, or that nothing was ever put there. */
export function valueWord(state: Interleaving, value: number): string {
  return value === state.garbage ? 'garbage' : String(value);
}

/** Is a processor in the kernel for this space? */
export function inHand(state: Interleaving, space: number): boolean {
  const { at, running } = state;
  for (let cpu = 0; cpu < at.length; cpu++) if (at[cpu] !== 0 && running[cpu] === space + 1) return true;
  return false;
}
