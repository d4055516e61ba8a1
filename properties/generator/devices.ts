// Ops of devices and of the kernel itself in a random tape: pins and what goes through them, swap, merging, huge pages.
import * as op from '../../spec/op.ts';

import type { Pen } from './pen.ts';

// Own constants: the compiler folds them, imported ones it reads at every use.
const { DMA, MERGE, MOST_PINS, PIN, PIN_WRITE, UNMERGE, UNPIN } = op;

/** Appends the op `code`, by `by` if anybody performs it; `ill`: aimed wrong on purpose. */
export function deviceOp(w: Pen, code: number, by: number, ill: boolean): void {
  switch (code) {
    case PIN:
      pin(w, by, ill ? w.badPage(by) : pinnedPage(w, by), w.dice.below(2));
      return;
    case UNPIN:
    case DMA: {
      const handle = ill ? w.dice.below(MOST_PINS) : usedHandle(w);
      if (handle < 0 && w.offered.has(PIN)) pin(w, by, pinnedPage(w, by), w.dice.below(2));
      else if (code === UNPIN) unpin(w, Math.max(0, handle));
      else dma(w, Math.max(0, handle));
      return;
    }
    default: {
      const page = ill ? w.badPage(by) : w.writablePage(by);
      // Two frames with the same bytes are rare: one that was just parted makes two.
      if (code === MERGE && w.offered.has(UNMERGE) && w.dice.chance(40)) rearrange(w, UNMERGE, by, page);
      return rearrange(w, code, by, page);
    }
  }
}

/** Pins a page under a free handle, or a taken one if there is no other; returns it. */
export function pin(w: Pen, by: number, page: number, access: number): number {
  const free = w.pins.indexOf(0);
  const handle = free < 0 ? w.dice.below(MOST_PINS) : free;
  w.put(PIN, by, page, 0, access, handle);
  const allowed = access === PIN_WRITE ? w.allows(by, page) : page < w.layout.pages && w.reads(by, page);
  if (w.family.acts(by) && allowed && w.family.write(by, page)) w.pins[handle] = 1;
  return handle;
}

export function unpin(w: Pen, handle: number): void {
  w.put(UNPIN, handle);
  w.pins[handle] = 0;
}

/** A part of the page, or all of it. */
export function dma(w: Pen, handle: number): void {
  const { dice } = w;
  const { pageSize } = w.world;
  const offset = dice.chance(40) ? 0 : dice.below(pageSize);
  const length = dice.chance(40) ? pageSize - offset : 1 + dice.below(pageSize - offset);
  w.put(DMA, handle, offset, length, w.tag(w.world.processes));
}

export function rearrange(w: Pen, code: number, by: number, page: number): void {
  w.put(code, by, page, 0);
}

/** A read pin may be of any page that can be read. */
function pinnedPage(w: Pen, by: number): number {
  return w.dice.chance(85) ? w.writablePage(by) : w.dice.below(w.layout.pages);
}

/** A pin in use; -1: there is none. */
function usedHandle(w: Pen): number {
  const used: number[] = [];
  for (let handle = 0; handle < MOST_PINS; handle++) if (w.pins[handle] === 1) used.push(handle);
  return used.length === 0 ? -1 : w.dice.pick(used);
}
