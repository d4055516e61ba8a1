// What an inspection of the COW model shows: everything at the start; from then on, what each op changed.
import type { Transcript } from '../../spec/transcript.ts';
import type { CowMachine } from './machine.ts';

/** Section 0: what is there before the first op; the image frames, and the memory of the first process. */
export function showStart(machine: CowMachine, into: Transcript): void {
  const { memory } = machine;
  for (let frame = memory.data; frame < memory.slots; frame++) {
    memory.noteChanged(frame);
    memory.noteWritten(frame);
  }
  into.changes(machine);
}
