// What an inspection of the COW model shows: everything at the start, then what each op changed.
import type { Transcript } from '../../spec/transcript.ts';
import type { CowMachine } from './machine.ts';

/** Section 0: what is there before the first op; the image frames, and the memory of the first process. */
export function showStart(machine: CowMachine, into: Transcript): void {
  const { memory } = machine;
  for (let frame = memory.data; frame < memory.slots; frame++) {
    memory.noteChanged(frame);
    memory.noteWritten(frame);
  }
  showChanges(machine, into);
}

/** Everything that changed since `forget`, as one section. */
export function showChanges(machine: CowMachine, into: Transcript): void {
  into.changes(machine);
}
