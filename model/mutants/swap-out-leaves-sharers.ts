// Mutant B140: a shared frame is swapped out for one of its holders only.
import { CowMachine } from '../cow/machine.ts';
import { type Mutant, SWAP_OPS } from './mutant.ts';

class SwapOutLeavesSharers extends CowMachine {
  override mappersOf(frame: number): readonly number[] {
    return super.mappersOf(frame).slice(0, 1);
  }

  override leaveFrame(entry: number, frame: number, slot: number): void {
    super.leaveFrame(entry, frame, slot);
    if (this.memory.count[frame]! > 0) this.memory.setCount(frame, 0);
    if (!this.memory.isFree(frame)) this.memory.release(frame);
  }
}

export const mutant: Mutant = {
  name: 'swap-out-leaves-sharers',
  bug: 'B140',
  defect: 'the entry of one process goes to the slot and the frame is freed; the others go on mapping it.',
  history: 'nanvix #5 and #103, where shared pages could not be swapped',
  whyHard: 'the frame must be handed out again before anybody notices.',
  rule: 25,
  invariant: 'frames.count-equals-holders',
  ops: SWAP_OPS,
  minimal: [
    { op: 'fork', by: 'A', as: 'B' },
    { op: 'swapout', by: 'A', at: 'data+0' },
  ],
  machine: SwapOutLeavesSharers,
};
