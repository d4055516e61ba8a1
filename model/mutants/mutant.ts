// What a mutant is: the COW model with one named defect, and the card that explains it.
import { CowMachine } from '../cow/machine.ts';
import { ADVICE, type Advice, type Op, type OpName } from '../../spec/op.ts';
import type { RuleId } from '../../spec/rule.ts';
import type { World } from '../../spec/world.ts';

export interface Mutant {
  /** The defect as a name, as in `mutant:fork-leaves-parent-writable`; also the name of its file. */
  readonly name: string;
  /** Its row in the catalogue of historical bugs; a letter behind it tells apart the mutants of one row. */
  readonly bug: string;
  /** The defect in plain words. */
  readonly defect: string;
  /** Where it was seen. */
  readonly history: string;
  readonly whyHard: string;
  /** The rule its first report names, and the invariant that makes it, with full inspection. */
  readonly rule: RuleId;
  readonly invariant: string;
  /** The ops that searches and proofs of it use, with all advice; absent: `CORE_OPS`, with DONTNEED. */
  readonly ops?: readonly OpName[];
  /** Why no program could notice, where none can: then only an inspection kills it. */
  readonly unseen?: string;
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

/** For defects around pins: a device that holds pages. */
export const PIN_OPS: readonly OpName[] = [
  'fork',
  'exit',
  'exec',
  'read',
  'write',
  'kwrite',
  'mmap',
  'munmap',
  'mprotect',
  'madvise',
  'pin',
  'unpin',
  'dma',
];

/** For defects around advice: what it leaves of a page at fork, and when the kernel takes memory back. */
export const ADVICE_OPS: readonly OpName[] = [
  'fork',
  'exit',
  'read',
  'write',
  'kwrite',
  'mprotect',
  'munmap',
  'madvise',
  'swapout',
];

/** For defects around swap: pages that go to their slots and come back. */
export const SWAP_OPS: readonly OpName[] = [
  'fork',
  'exit',
  'read',
  'write',
  'kwrite',
  'munmap',
  'mprotect',
  'madvise',
  'swapout',
  'swapin',
];

/** For defects around merging: pages that are alike become one. */
export const MERGE_OPS: readonly OpName[] = [
  'fork',
  'exec',
  'exit',
  'read',
  'write',
  'kwrite',
  'mprotect',
  'merge',
  'unmerge',
  'pin',
];

/** For defects around huge pages. */
export const HUGE_OPS: readonly OpName[] = [
  'fork',
  'exit',
  'read',
  'write',
  'kwrite',
  'mprotect',
  'split',
  'collapse',
  'pin',
];

/** For defects around mremap. */
export const MOVE_OPS: readonly OpName[] = [
  'fork',
  'exit',
  'read',
  'write',
  'kwrite',
  'mmap',
  'munmap',
  'mprotect',
  'mremap',
];

/** What searches and proofs of `mutant` keep to. */
export function within({ ops }: Mutant): {
  readonly ops: readonly OpName[];
  readonly advice: readonly Advice[];
} {
  return { ops: ops ?? CORE_OPS, advice: ops === undefined ? ['dontneed'] : ADVICE };
}

/** A machine whose defect remembers something from op to op: a number for each entry, -1 for nothing. */
export class Remembering extends CowMachine {
  declare remembered: Int32Array;

  override reset(): void {
    this.remembered ??= this.room.words(this.frame.length);
    this.remembered.fill(-1);
    super.reset();
  }
}
