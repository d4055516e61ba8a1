// Whether a target can be asked to run a tape at all: a tape may come from another target, or from a human.
import { OP_NAMES, OPS } from '../spec/op.ts';
import { layoutFor, STRIDE, type Tape } from '../spec/tape.ts';
import { type Capabilities, edgesOf } from '../spec/target.ts';
import { EDGES } from '../spec/world.ts';

/** Why nothing can be said about `tape` on a target that can `can`; undefined if it can be run. */
export function unaskable(tape: Tape, can: Capabilities): string | undefined {
  const used = new Set(
    Array.from({ length: tape.length }, (_, i) => OP_NAMES[tape.words[i * STRIDE] ?? -1] ?? '?'),
  );
  const missing = [...used].filter(name => !(can.ops as readonly string[]).includes(name));
  if (missing.length === 0) return strange(tape, can);
  return `the trace uses ${missing.join(', ')}, which this target does not offer (it offers ${can.ops.join(', ')})`;
}

/** The same for an edge that the target does not have. */
function strange(tape: Tape, can: Capabilities): string | undefined {
  const { pages } = layoutFor(tape.world);
  const has = edgesOf(can);
  for (let i = 0; i < tape.length; i++) {
    const name = OP_NAMES[tape.words[i * STRIDE] ?? -1];
    if (name === undefined || OPS[name].fields[1]?.kind !== 'address') continue;
    const edge = EDGES[(tape.words[i * STRIDE + 2] ?? 0) - pages];
    if (edge !== undefined && !has.includes(edge))
      return `the trace names the address ${edge}, which this target does not have (it has ${has.join(', ')})`;
  }
  return undefined;
}
