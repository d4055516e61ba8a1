// Shapes of pins, swap, merging and huge pages: what took the great kernels longest.
import * as op from '../../spec/op.ts';
import { dma, pin, rearrange, unpin } from './devices.ts';
import { protect } from './mapping.ts';
import { fork, readAll, type Shape, unmapPage, write } from './steps.ts';

export const DEVICE_SHAPES: readonly Shape[] = [
  {
    id: 'S16 pins around a fork',
    ops: ['fork', 'write', 'pin', 'dma'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      const early = w.dice.chance(50);
      let handle = early ? pin(w, parent, page, w.dice.below(2)) : -1;
      const child = fork(w, parent);
      if (w.dice.chance(30)) fork(w, parent);
      const pinner = w.dice.chance(50) && child >= 0 ? child : parent;
      if (!early) handle = pin(w, pinner, page, w.dice.below(2));
      const owner = early ? parent : pinner;
      if (w.offered.has(op.MERGE) && w.dice.chance(30)) rearrange(w, op.MERGE, owner, page);
      if (w.dice.chance(50)) write(w, owner, page);
      const leaves = w.dice.below(4);
      if (leaves === 1 && w.offered.has(op.MUNMAP)) unmapPage(w, owner, page);
      if (leaves === 2 && w.offered.has(op.EXIT) && w.family.livingCount > 1) w.exit(owner);
      write(w, w.anyone(), page);
      write(w, w.anyone(), page);
      dma(w, handle);
      readAll(w, page);
      if (w.dice.chance(60) && w.offered.has(op.UNPIN)) unpin(w, handle);
    },
  },
  {
    id: 'S16 protection flips under a pin',
    ops: ['mprotect', 'write', 'read', 'pin', 'dma'],
    write(w) {
      const owner = w.actor();
      const page = w.writablePage(owner);
      const handle = pin(w, owner, page, w.dice.below(2));
      for (let n = 2; n > 0; n--) protect(w, owner, page, 1);
      write(w, owner, page);
      dma(w, handle);
      readAll(w, page);
    },
  },
  {
    id: 'S17 swap around a fork',
    ops: ['fork', 'write', 'read', 'swapout'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      write(w, parent, page);
      const early = w.dice.chance(50);
      if (early) rearrange(w, op.SWAPOUT, parent, page);
      const child = fork(w, parent);
      if (!early) rearrange(w, op.SWAPOUT, w.anyone(), page);
      const first = w.dice.chance(50) && child >= 0 ? child : parent;
      w.access(w.dice.chance(50) ? op.READ_OP : op.WRITE_OP, first, page);
      rearrange(w, op.SWAPOUT, first, page);
      write(w, w.anyone(), page);
      readAll(w, page);
    },
  },
  {
    id: 'S18 merge and part',
    ops: ['fork', 'write', 'read', 'merge'],
    write(w) {
      const parent = w.actor();
      const [page, other] = [w.writablePage(parent), w.writablePage(parent)];
      const child = fork(w, parent);
      const { pageSize } = w.world;
      const value = w.tag(parent);
      for (const p of [parent, child])
        if (p >= 0 && w.family.acts(p) && w.allows(p, page) && w.family.write(p, page))
          w.put(op.WRITE_OP, p, page, 0, pageSize, value);
      if (w.allows(parent, other) && w.family.write(parent, other))
        w.put(op.WRITE_OP, parent, other, 0, pageSize, value);
      rearrange(w, op.MERGE, parent, page);
      if (w.dice.chance(40) && child >= 0 && w.offered.has(op.EXIT)) w.exit(child);
      write(w, w.anyone(), page);
      rearrange(w, op.MERGE, w.anyone(), other);
      if (w.dice.chance(40)) write(w, parent, other);
      readAll(w, page);
      readAll(w, other);
    },
  },
  {
    id: 'S19 huge pages',
    ops: ['fork', 'write', 'read', 'collapse', 'split'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      if (w.dice.chance(60)) rearrange(w, op.COLLAPSE, parent, page);
      const child = fork(w, parent);
      if (child >= 0 && w.dice.chance(50)) rearrange(w, op.SPLIT, child, page);
      write(w, w.anyone(), page);
      rearrange(w, op.COLLAPSE, w.anyone(), page);
      write(w, w.anyone(), w.writablePage(parent));
      readAll(w, page);
    },
  },
];
