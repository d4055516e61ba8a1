// The sentence that says why a reply was not allowed: what is true, under eager copying, of those the op speaks of.
import { ALIVE, NONE, PRIVATE_FILE, type ReadonlyReference, SHARED } from '../spec/law.ts';
import * as op from '../spec/op.ts';
import { addressOf, handleOf, STRIDE, type Tape } from '../spec/tape.ts';
import { EXECUTE, READ, WRITE } from '../spec/world.ts';

/** Called once per violation. `capacity`: frames of the target, if declared; `injected`: was an allocation made to fail? */
export function situation(
  tape: Tape,
  index: number,
  reference: ReadonlyReference,
  capacity: number | undefined,
  injected: boolean,
): string {
  const { words, names } = tape;
  const at = index * STRIDE;
  const code = words[at] ?? -1;
  const first = words[at + 1] ?? 0;
  if (code === op.FAILALLOC)
    return 'an allocation was to be made to fail, which nothing stands in the way of.';
  if (!op.hasActor(code))
    return (reference.pinBlock[first] ?? -1) < 0
      ? `${handleOf(first)} is not in use.`
      : `${handleOf(first)} is in use, for ${reference.pinAccess[first] === op.PIN_WRITE ? 'stores' : 'loads'}.`;
  const by = names[first] ?? '?';
  if (reference.state[first] !== ALIVE) return `there is no living process ${by}.`;
  const child = reference.suspendedBy[first] ?? -1;
  if (child >= 0) return `${by} waits for its vfork child ${names[child] ?? '?'}, which runs in its memory.`;
  const page = words[at + 2] ?? 0;
  const other = names[page] ?? '?';
  switch (code) {
    case op.FORK:
    case op.CLONE:
    case op.VFORK:
      if (reference.state[page] !== NONE) return `the name ${other} is in use.`;
      return `${counted(reference.processes, 'process')} of ${tape.world.processes} in use, ${room(reference, capacity, injected)}.`;
    case op.EXEC:
    case op.EXIT:
      return `${by} lives and nobody has its memory on loan; ${room(reference, capacity, injected)}.`;
    case op.KILL:
      return reference.state[page] === NONE
        ? `there is no process ${other}.`
        : `${other} is there to be killed.`;
    case op.SBRK:
      return `the heap of ${by} was asked to change by ${counted(page, 'page')}.`;
    case op.WAIT:
      return page < 0
        ? `${by} asked for an ended child.`
        : `${by} asked for an ended child and for its status at ${place(tape, first, page, reference)}.`;
    default:
      return `${place(tape, first, page, reference)}; ${room(reference, capacity, injected)}.`;
  }
}

function room(reference: ReadonlyReference, capacity: number | undefined, injected: boolean): string {
  const most = capacity === undefined ? '' : ` with room for ${capacity}`;
  return `eager copying holds ${reference.frames} frames${most}, and ${injected ? 'an' : 'no'} allocation was made to fail in this op`;
}

/** A page and what its process may do there. */
function place(tape: Tape, process: number, page: number, reference: ReadonlyReference): string {
  const where = `${tape.names[process] ?? '?'} at ${addressOf(page, 0, tape.world)}`;
  const entry = (reference.spaceOf[process] ?? 0) * reference.layout.pages + page;
  const may = page >= reference.layout.pages ? 0 : (reference.permission[entry] ?? 0);
  if (may === 0) return `${where} may do nothing`;
  const verbs = [
    ...((may & READ) !== 0 ? ['read'] : []),
    ...((may & WRITE) !== 0 ? ['write'] : []),
    ...((may & EXECUTE) !== 0 ? ['execute'] : []),
  ];
  const kind = reference.kind[entry] ?? 0;
  const what =
    kind >= SHARED ? 'a shared mapping' : kind === PRIVATE_FILE ? 'a private mapping of the file' : '';
  return `${where}${what === '' ? '' : ` has ${what} and`} may ${verbs.join(' and ')}, whatever copy-on-write has made of the page`;
}

function counted(n: number, what: string): string {
  return `${n} ${what}${Math.abs(n) === 1 ? '' : what.endsWith('s') ? 'es' : 's'}`;
}
