// Interleaving format 1: a history of interleaved steps as plain data, and its text.
import { INTERLEAVING_LIMITS, type InterleavingScope } from './interleaving.ts';
import type { RuleId } from './rule.ts';
import type { Trace } from './trace.ts';

/** One step of one processor: what it does, by the name of the step or of what is done in user mode. */
export interface InterleavedMove {
  readonly cpu: number;
  /** `look up`, `store fault` … */
  readonly does: string;
  /** Of what is done about a page, its number. */
  readonly page?: number;
  /** Of a store, the value. */
  readonly value?: number;
  /** Of `run`, which process. */
  readonly process?: string;
  /** Of a step that allocates, the frame it is given; absent: there is none. */
  readonly frame?: number;
}

/** The law that the last step breaks. Texts may have been edited: escape them where they are shown. */
export interface InterleavedFinding {
  readonly rule: RuleId;
  readonly invariant: string;
  readonly required: string;
  readonly found: string;
  readonly because: string;
  /** `model`, `mutant:NAME`. */
  readonly target: string;
}

/** Plain data. Any subsequence of `steps` is a history too: what cannot be done where it stands is left out. */
export interface InterleavedTrace {
  readonly format: 1;
  readonly interleaving: InterleavingScope;
  readonly steps: readonly InterleavedMove[];
  readonly finding?: InterleavedFinding;
}

/** A history of steps, by the one field that no trace of ops has. */
export function isInterleaved(saved: Trace | InterleavedTrace): saved is InterleavedTrace {
  return 'interleaving' in saved;
}

/** The history as text: stable key order, one step a line, ending in a newline. */
export function formatInterleaved({ interleaving, steps, finding }: InterleavedTrace): string {
  const scope = Object.fromEntries(
    Object.keys(INTERLEAVING_LIMITS).map(name => [name, interleaving[name as keyof InterleavingScope]]),
  );
  const lines = steps.map(({ cpu, does, page, value, process, frame }) =>
    JSON.stringify({ cpu, does, page, value, process, frame }),
  );
  const found =
    finding === undefined
      ? ''
      : `,\n  "finding": ${JSON.stringify(finding, null, 2).replaceAll('\n', '\n  ')}`;
  return `{\n  "format": 1,\n  "interleaving": ${JSON.stringify(scope)},\n  "steps": [\n    ${lines.join(',\n    ')}\n  ]${found}\n}\n`;
}
