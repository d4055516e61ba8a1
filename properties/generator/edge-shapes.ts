// Shapes for kernels that name their edges: every bad address, used in every way.
import * as op from '../../spec/op.ts';
import type { Pen } from './pen.ts';
import { fork, type Shape } from './steps.ts';

/** Bad addresses in one shape: half of a kernel's, so that the tape does not consist of them. */
const TRIED = 8;

/** Ways to use a page: four by the kernel, half of them waits, two loads or jumps, for elsewhere all these are rare, and a store. */
const WAYS = 7;

/** Somebody uses `page` in one way; who may die of it is a child of `parent`, which waits for it. */
function use(w: Pen, parent: number, page: number): void {
  const way = w.dice.below(WAYS);
  if (way === 0) return w.kernelWrite(w.anyone(), page);
  if (way === 1) return w.access(op.KREAD, w.anyone(), page);
  const child = fork(w, parent);
  if (child < 0) return;
  if (way <= 3) {
    w.exit(child);
    w.waitInto(parent, page);
  } else w.access(way < WAYS - 1 ? op.READ_OP : op.WRITE_OP, child, page);
  // It lives where the page may be read after all.
  if (w.family.acts(child)) w.exit(child);
  w.wait(parent, false);
}

export const EDGE_SHAPES: readonly Shape[] = [
  {
    id: 'S20 bad addresses, one by one',
    ops: ['fork', 'read', 'write', 'kread', 'kwrite', 'exit', 'wait'],
    ownEdges: 7,
    write(w) {
      const parent = w.actor();
      for (const page of w.badPages(parent).slice(0, TRIED)) if (w.family.acts(parent)) use(w, parent, page);
    },
  },
];
