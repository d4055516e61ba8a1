// What the shapes of a tape are made of: a fork, a store, a read by everybody.
import * as op from '../../spec/op.ts';
import type { OpName } from '../../spec/op.ts';
import type { Pen } from './pen.ts';

export interface Shape {
  readonly id: string;
  /** Ops it cannot do without. */
  readonly ops: readonly OpName[];
  /** Only for targets with edges of their own, and so many times as likely as another. */
  readonly ownEdges?: number;
  write(writer: Pen): void;
}

/** Forks `by` into an unused name; the child, or -1 if there is none. */
export function fork(w: Pen, by: number): number {
  const child = w.family.unused();
  if (child < 0) return -1;
  w.fork(by, child);
  return w.family.acts(child) ? child : -1;
}

export function write(w: Pen, by: number, page: number): void {
  if (by >= 0) w.access(op.WRITE_OP, by, page);
}

export function readAll(w: Pen, page: number): void {
  for (let i = 0; i < w.family.livingCount; i++) w.access(op.READ_OP, w.family.living[i] ?? 0, page);
}

export function unmapPage(w: Pen, by: number, page: number): void {
  w.put(op.MUNMAP, by, page, 0, 1);
  if (w.family.acts(by)) w.family.unmap(by, page, 1);
}
