// One micro-step of the kernel, and the sequences they form.
import type { StepMachine } from './machine.ts';

/** What a processor does without anybody in between. */
export interface Step {
  /** As a trace shows it. */
  readonly name: string;
  /** It is given a frame: the move says which. */
  readonly allocates?: true;
  /** With this step the turn of a page begins, in a routine that goes over all pages. */
  readonly first?: true;
  /** Absent: it can always be done. Otherwise it waits until this holds. */
  ready?(machine: StepMachine, cpu: number): boolean;
  /** `frame` is the one given, or the zero frame if there is none. Goes on with the next step unless it jumps or leaves. */
  perform(machine: StepMachine, cpu: number, frame: number): void;
}

/**
 * What the kernel does from beginning to end, in order. `fault` is where a trap leads; `look up` and `read count` decide between
 * `reuse`, `break`, `touch`, `zero` and `settled`; these go on with what the op is about, `userTail` and its like.
 */
export const ROUTINES = [
  'fault',
  'kwrite',
  'pin',
  'reuse',
  'break',
  'touch',
  'zero',
  'settled',
  'userTail',
  'kwriteTail',
  'pinTail',
  'unpin',
  'fork',
  'forkCopy',
  'forkUndo',
  'forkTail',
  'exec',
  'exit',
  'discard',
] as const;
export type Routine = (typeof ROUTINES)[number];
export type Routines = Readonly<Record<Routine, readonly Step[]>>;
