// Machines that are wrong about pins, advice, execution and what a kernel does on its own, one way each: the mutants that are so.
import type { Mutant } from '../../model/mutants/mutant.ts';
import { mutant as dropsExecute } from '../../model/mutants/break-drops-execute.ts';
import { mutant as runsOver } from '../../model/mutants/device-store-runs-over.ts';
import { mutant as inherits } from '../../model/mutants/fork-ignores-dontfork.ts';
import { mutant as noWipe } from '../../model/mutants/fork-does-not-wipe.ts';
import { mutant as sharesPinned } from '../../model/mutants/fork-shares-write-pinned-page.ts';
import { mutant as sharer } from '../../model/mutants/pin-counts-as-sharer.ts';
import { mutant as uncounted } from '../../model/mutants/pin-takes-no-reference.ts';
import { mutant as handedOut } from '../../model/mutants/pinned-frame-handed-out.ts';
import { mutant as sharesFrame } from '../../model/mutants/read-pin-shares-frame.ts';
import { mutant as sameSlot } from '../../model/mutants/slot-named-by-address.ts';
import { mutant as staysFreed } from '../../model/mutants/store-leaves-page-freed.ts';
import { mutant as keeps } from '../../model/mutants/unpin-keeps-reference.ts';
import { type Sabotage, sabotage } from './machine.ts';

const by = ({ invariant, defect, machine }: Mutant, history: string): Sabotage =>
  sabotage(invariant, defect, history, machine);

export const MISLEAD_DEVICES: readonly Sabotage[] = [
  by(dropsExecute, 'fork A -> B\nmprotect A text+0 pages 1 rwx\nwrite A text+0 length 1 = 0'),
  by(uncounted, 'pin A data+0 read -> pin1'),
  by(uncounted, 'fork A -> B\npin B data+0 write -> pin3'),
  by(keeps, 'pin A data+0 read -> pin1\nunpin pin1'),
  by(sharesPinned, 'pin A data+0 write -> pin1\nfork A -> B'),
  by(sharesFrame, 'fork A -> B\npin A data+0 read -> pin1'),
  by(sharer, 'pin A text+0 read -> pin1\nmprotect A text+0 pages 1 rw\nwrite A text+0 length 1 = 0'),
  by(runsOver, 'pin A data+0 write -> pin1\ndma pin1 offset 0 length 1 = 0'),
  by(handedOut, 'pin A data+0 read -> pin1\nexec A image 1 execve argument 0\nwrite A bss+0 length 1 = 0'),
  by(staysFreed, 'madvise A data+0 pages 1 free\nwrite A data+0 length 1 = 1\nswapout A data+0'),
  by(inherits, 'madvise A data+0 pages 1 dontfork\nfork A -> B'),
  by(noWipe, 'madvise A data+8 pages 1 wipeonfork\nfork A -> B'),
  by(sameSlot, 'fork A -> B\nwrite A data+0 length 1 = 0\nswapout A data+0\nswapout B data+0'),
];
