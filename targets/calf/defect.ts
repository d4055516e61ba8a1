// What a defect of calf is: its card.
import type { RuleId } from '../../spec/rule.ts';

export interface Defect {
  /** As in `calf:NAME`; with `_` for `-` the switch's name in C. */
  readonly name: string;
  /** Its class among the defects that were found by reading fifty student kernels; absent: none of those. */
  readonly class?: string;
  /** Its row in the bug history; the names of such rows are in docs/races.md. */
  readonly row?: string;
  /** The defect in plain words. */
  readonly defect: string;
  /** The rule that it breaks. */
  readonly rule: RuleId;
  /** Other rules that it breaks at once or a little later: any of them may be seen first. */
  readonly alsoBreaks?: readonly RuleId[];
  /** The fewest ops that show it, as a report writes them. With three harts, the last two act at once. */
  readonly ops: readonly string[];
  /** It shows only when two harts are where they must be: `cowcheck races` holds them there, and so does a search on several. */
  readonly harts?: 3;
  /** It shows at the end of memory only. */
  readonly outOfMemory?: true;
  /** Wrong on purpose as a whole: a check that lets this pass is worth nothing. */
  readonly control?: true;
  /** Why it cannot show, where it cannot. */
  readonly unseen?: string;
}

/** Ops that many of them begin and end with. */
export const shared = 'fork A -> B';
export const store = (by: string): string => `write ${by} data+0 length 4 = 7`;
