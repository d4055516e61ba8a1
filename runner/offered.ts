// Whether a target can be asked to run a tape at all: a tape may come from another target, or from a human.
import { OP_NAMES } from '../spec/op.ts';
import { STRIDE, type Tape } from '../spec/tape.ts';
import type { Capabilities } from '../spec/target.ts';

/** Why nothing can be said about `tape` on a target that can `can`; undefined if it can be run. */
export function unaskable(tape: Tape, can: Capabilities): string | undefined {
  const used = new Set(
    Array.from({ length: tape.length }, (_, i) => OP_NAMES[tape.words[i * STRIDE] ?? -1] ?? '?'),
  );
  const missing = [...used].filter(name => !(can.ops as readonly string[]).includes(name));
  if (missing.length === 0) return undefined;
  return `the trace uses ${missing.join(', ')}, which this target does not offer (it offers ${can.ops.join(', ')})`;
}
