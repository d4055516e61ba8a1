// What a mutant is: the COW model with one named defect, and the card that explains it.
import type { CowMachine } from '../cow/machine.ts';
import type { Op, OpName } from '../../spec/op.ts';
import type { RuleId } from '../../spec/rule.ts';
import type { World } from '../../spec/world.ts';

export interface Mutant {
  /** The defect as a name, as in `mutant:fork-leaves-parent-writable`; also the name of its file. */
  readonly name: string;
  /** Its row in the catalogue of historical bugs. */
  readonly bug: string;
  /** The defect in plain words. */
  readonly defect: string;
  /** Where it was seen. */
  readonly history: string;
  readonly whyHard: string;
  /** The rule its first report names, and the invariant that makes it, with full inspection. */
  readonly rule: RuleId;
  readonly invariant: string;
  /** The ops that searches and proofs of it use; absent: `CORE_OPS`. */
  readonly ops?: readonly OpName[];
  /** The fewest ops that show it. */
  readonly minimal: readonly Op[];
  readonly machine: new (world: World, names: number) => CowMachine;
}

/** What a process and its kernel do to memory without devices and background work. */
export const CORE_OPS: readonly OpName[] = [
  'fork',
  'vfork',
  'exec',
  'exit',
  'wait',
  'kill',
  'read',
  'write',
  'kread',
  'kwrite',
  'mmap',
  'munmap',
  'mprotect',
  'sbrk',
  'madvise',
  'failalloc',
];
