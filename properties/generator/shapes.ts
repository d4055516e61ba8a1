// Short scripts that history's bugs have in common, written into random tapes.
import * as op from '../../spec/op.ts';
import { WRITE } from '../../spec/world.ts';
import { DEVICE_SHAPES } from './device-shapes.ts';
import { EDGE_SHAPES } from './edge-shapes.ts';
import { rearrange } from './devices.ts';
import { advise, discard, map, protect, unmap } from './mapping.ts';
import { fork, readAll, type Shape, write } from './steps.ts';

export const SHAPES: readonly Shape[] = [
  {
    id: 'S1 ping-pong',
    ops: ['fork', 'write', 'read'],
    write(w) {
      const parent = w.actor();
      const child = fork(w, parent);
      const page = w.writablePage(parent);
      write(w, parent, page);
      readAll(w, page);
      write(w, child, page);
      readAll(w, page);
    },
  },
  {
    id: 'S2 sibling fan',
    ops: ['fork', 'write', 'read'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      const children: number[] = [];
      for (let n = 2 + w.dice.below(4); n > 0; n--) children.push(fork(w, parent));
      while (children.length > 0) write(w, children.splice(w.dice.below(children.length), 1)[0] ?? -1, page);
      readAll(w, page);
    },
  },
  {
    id: 'S3 chain',
    ops: ['fork', 'write', 'read', 'exit'],
    write(w) {
      const chain = [w.actor()];
      for (let n = 2 + w.dice.below(4); n > 0; n--) {
        const child = fork(w, chain[chain.length - 1] ?? 0);
        if (child < 0) break;
        chain.push(child);
      }
      for (let n = chain.length - 2; n > 0; n--) if (w.dice.chance(50)) w.exit(chain[n] ?? 0);
      const last = chain[chain.length - 1] ?? 0;
      const page = w.writablePage(last);
      w.access(op.READ_OP, last, page);
      write(w, last, page);
      readAll(w, page);
    },
  },
  {
    id: 'S4 survivor',
    ops: ['fork', 'write', 'exit'],
    write(w) {
      const parent = w.actor();
      const child = fork(w, parent);
      const filler = fork(w, parent);
      if (child < 0) return;
      const page = w.writablePage(parent);
      w.exit(child);
      if (filler >= 0)
        for (let p = 0; p < w.layout.pages; p++) if (p !== page) write(w, filler, w.writablePage(filler));
      write(w, parent, page);
    },
  },
  {
    id: 'S5 fork and exec',
    ops: ['fork', 'exec', 'write', 'read'],
    write(w) {
      const parent = w.actor();
      const child = fork(w, parent);
      if (child < 0) return;
      const page = w.writablePage(parent);
      if (w.dice.chance(50)) write(w, child, page);
      w.exec(child, w.dice.below(w.world.images.length + 1));
      write(w, parent, page);
      readAll(w, page);
    },
  },
  {
    id: 'S6 fork bomb',
    ops: ['fork', 'exit'],
    write(w) {
      for (let n = w.world.processes + 2; n > 0; n--) {
        const child = w.family.unused();
        w.fork(w.anyone(), child < 0 ? 0 : child);
      }
      for (let n = w.dice.below(w.world.processes); n > 0 && w.family.livingCount > 1; n--)
        w.exit(w.anyone());
    },
  },
  {
    id: 'S8 kernel buffer',
    ops: ['fork', 'kwrite', 'read'],
    write(w) {
      const parent = w.actor();
      fork(w, parent);
      w.kernelWrite(parent, w.writablePage(parent));
      for (let page = 0; page < w.layout.pages; page++)
        if (w.dice.chance(50)) w.access(op.READ_OP, w.anyone(), w.writablePage(w.anyone()));
    },
  },
  {
    id: 'S9 wait into a shared page',
    ops: ['fork', 'exit', 'wait', 'read'],
    write(w) {
      const parent = w.actor();
      const first = fork(w, parent);
      fork(w, parent);
      if (first < 0) return;
      w.exit(first);
      w.wait(parent, true);
      readAll(w, w.writablePage(parent));
    },
  },
  {
    id: 'S10 protection flips',
    ops: ['fork', 'mprotect', 'write', 'read'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      if (w.dice.chance(50)) protect(w, parent, page, 1);
      const child = fork(w, parent);
      for (const p of [parent, child]) {
        if (p < 0) continue;
        protect(w, p, page, 1);
        if (w.dice.chance(60)) protect(w, p, page, 1);
        if ((w.family.accessOf(p, page) & WRITE) !== 0) write(w, p, page);
      }
      readAll(w, page);
    },
  },
  {
    id: 'S11 unmap and map again',
    ops: ['fork', 'mmap', 'munmap', 'write', 'exit'],
    write(w) {
      const parent = w.actor();
      const page = map(w, parent, false, 0);
      write(w, parent, page);
      const child = fork(w, parent);
      unmap(w, parent, false);
      map(w, parent, false, 0);
      write(w, parent, page);
      if (child < 0) return;
      w.access(op.READ_OP, child, page);
      if (w.family.acts(child)) w.exit(child);
    },
  },
  {
    id: 'S12 discard',
    ops: ['fork', 'madvise', 'write', 'read'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      const child = fork(w, parent);
      discard(w, w.dice.chance(50) && child >= 0 ? child : parent, page);
      readAll(w, page);
      write(w, w.anyone(), page);
      fork(w, parent);
    },
  },
  {
    id: 'S12 lazy discard',
    ops: ['fork', 'madvise', 'write', 'read', 'swapout'],
    write(w) {
      const parent = w.actor();
      const page = w.writablePage(parent);
      write(w, parent, page);
      const child = w.dice.chance(30) ? fork(w, parent) : -1;
      if (w.options.advice?.includes('free') === true) advise(w, parent, page, 1, 'free');
      if (w.dice.chance(50)) write(w, parent, page);
      if (child < 0 && w.dice.chance(50)) fork(w, parent);
      rearrange(w, op.SWAPOUT, w.anyone(), page);
      readAll(w, page);
      if (w.dice.chance(50)) write(w, parent, page);
    },
  },
  {
    id: 'S13 shared beside private',
    ops: ['fork', 'mmap', 'write', 'read'],
    write(w) {
      const parent = w.actor();
      const shared = map(w, parent, false, 50);
      const own = map(w, parent, false, 0);
      const child = fork(w, parent);
      write(w, w.dice.chance(50) && child >= 0 ? child : parent, shared);
      write(w, parent, own);
      readAll(w, shared);
      readAll(w, own);
    },
  },
  {
    id: 'S14 bad addresses',
    ops: ['fork', 'write'],
    write(w) {
      for (let n = 3; n > 0 && w.family.livingCount > 0; n--) {
        const child = fork(w, w.actor());
        if (child < 0) return;
        w.access(op.WRITE_OP, child, w.badPage(child));
      }
      if (w.offered.has(op.KWRITE)) w.kernelWrite(w.anyone(), w.badPage(w.anyone()));
    },
  },
  {
    id: 'S15 repeat',
    ops: ['fork', 'exit', 'write'],
    write(w) {
      const parent = w.actor();
      for (let n = 10; n > 0; n--) {
        const child = fork(w, parent);
        if (child < 0) return;
        if (w.dice.chance(30)) write(w, child, w.writablePage(child));
        w.exit(child);
        if (w.offered.has(op.WAIT)) w.wait(parent, false);
        write(w, parent, w.writablePage(parent));
      }
    },
  },
  ...DEVICE_SHAPES,
  ...EDGE_SHAPES,
];
