// The mutants that go the whole way through the command line: the classic five, each with a card of at most two ops.
import type { Mutant } from '../../model/mutants/mutant.ts';
import { mutants } from '../../targets/model/mutants.ts';

const NAMES = [
  'break-keeps-old-reference',
  'fork-leaves-child-writable',
  'fork-leaves-parent-writable',
  'kernel-write-skips-break',
  'refork-loses-cow-mark',
];

/** All mutants are in the kill matrix; a second process for each step of each of them would take minutes. */
export async function firstFive(): Promise<readonly Mutant[]> {
  const found = (await mutants()).filter(({ name }) => NAMES.includes(name));
  if (found.length !== NAMES.length) throw new Error(`not all there: ${NAMES.join(', ')}`);
  return found;
}
