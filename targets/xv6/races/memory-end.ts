// Takes a kernel's free memory away and gives it back.
import type { RaceGuest } from './guest.ts';

/** Ends the free list at once. Nobody may be in the kernel. Returns what gives the frames back, behind those freed meanwhile. */
export function takeMemory({ machine, kernel }: RaceGuest): () => void {
  const { freeHead, layout, frames } = kernel;
  const { next } = layout.free;
  const taken = machine.address(freeHead);
  machine.writeU64(freeHead, 0n);
  return () => {
    let last = freeHead;
    let walked = 0;
    for (let at = machine.address(freeHead); at !== 0 && walked <= frames; at = machine.address(last)) {
      // A list that leads out of memory is damage to be found later, not to be followed.
      if (!machine.holds(at + next, 8)) return;
      last = at + next;
      walked++;
    }
    if (walked <= frames) machine.writeU64(last, BigInt(taken));
  };
}
