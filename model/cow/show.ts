// What an inspection of the COW model shows: everything at the start, then what each op changed.
import type { Transcript } from '../../spec/transcript.ts';
import type { CowMachine } from './machine.ts';

/** Section 0: what is there before the first op; the image frames, and the memory of the first process. */
export function showStart(machine: CowMachine, into: Transcript): void {
  const { memory } = machine;
  for (let frame = memory.data; frame < memory.slots; frame++) {
    into.frame(frame, memory.count[frame]!, memory.listed[frame]!, memory.held[frame]!);
    into.contents(frame, memory.words, frame * memory.wordsPerFrame, memory.wordsPerFrame);
  }
  showChanges(machine, into);
}

/** Everything that changed since `forget`, as one section of the log. */
export function showChanges(machine: CowMachine, into: Transcript): void {
  const { memory } = machine;
  for (let i = 0; i < machine.movedCount; i++) {
    const process = machine.moved[i]!;
    into.space(process, machine.spaceOf[process]!);
  }
  for (let i = 0; i < memory.writtenCount; i++) {
    const frame = memory.written[i]!;
    into.contents(frame, memory.words, frame * memory.wordsPerFrame, memory.wordsPerFrame);
  }
  into.entries(machine.changed, machine.changedCount, machine.layout.pages, machine.frame, machine.bits);
  into.frames(memory.changed, memory.changedCount, memory.count, memory.listed, memory.held);
  for (let i = 0; i < machine.pinsChangedCount; i++) {
    const handle = machine.pinsChanged[i]!;
    into.pin(handle, machine.pinned[handle]!);
  }
  into.totals(memory.used, memory.tables);
  into.endSection();
}
