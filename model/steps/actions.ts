// What a processor can do in user mode: use its translations, trap, begin an op, run another space.
import {
  type InterleavedOp,
  type InterleavingScope,
  TO_DISCARD,
  TO_EXEC,
  TO_EXIT,
  TO_FORK,
  TO_KWRITE,
  TO_PIN,
  TO_READ,
  TO_UNPIN,
  TO_WRITE,
} from '../../spec/interleaving.ts';

/** What a processor in user mode does by itself. */
export const FILL = 0;
export const STORE = 1;
export const RUN = 2;
export const ENTER = 3;

export interface Action {
  readonly name: string;
  readonly kind: typeof FILL | typeof STORE | typeof RUN | typeof ENTER;
  /** Of ENTER: what for, and where the kernel begins. */
  readonly op: number;
  readonly page: number;
  readonly value: number;
  /** Of RUN: the space + 1, 0 for none. */
  readonly space: number;
}

/** All that any processor can do in this scope; what it can do now the machine decides. */
export function actionsOf(scope: InterleavingScope, ops: readonly InterleavedOp[]): readonly Action[] {
  const { pages, values, procs } = scope;
  const none = { op: 0, page: 0, value: 0, space: 0 };
  const actions: Action[] = [];
  const enter = (name: string, op: number, page = 0, value = 0): void => {
    actions.push({ ...none, name, kind: ENTER, op, page, value });
  };
  const has = (op: InterleavedOp): boolean => ops.includes(op);
  for (let page = 0; page < pages; page++) {
    actions.push({ ...none, name: 'fill', kind: FILL, page });
    for (let value = 0; value < values; value++)
      actions.push({ ...none, name: 'store', kind: STORE, page, value });
    enter('load fault', TO_READ, page);
    enter('store fault', TO_WRITE, page);
    if (has('discard')) enter('discard', TO_DISCARD, page);
    if (has('kwrite')) for (let value = 0; value < values; value++) enter('kwrite', TO_KWRITE, page, value);
    if (has('pin')) enter('pin', TO_PIN, page);
    if (has('pin')) enter('unpin', TO_UNPIN, page);
  }
  if (has('fork')) enter('fork', TO_FORK);
  if (has('exec')) enter('exec', TO_EXEC);
  if (has('exit')) enter('exit', TO_EXIT);
  for (let space = 0; space <= procs; space++)
    actions.push({ ...none, name: space === 0 ? 'idle' : 'run', kind: RUN, space });
  return actions;
}
