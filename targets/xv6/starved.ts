// Whether the agent can work while memory is at its end: its commands come by read(), for which a page of one's own needs no frame.
import { Died } from './died.ts';

/** What of a guest is asked. */
export interface Fed {
  /** Frames on the free list, once everybody is at rest; undefined: not known. */
  free(after: string): number | undefined;
  /** Throws Died. */
  ask(lines: readonly string[]): readonly string[];
}

/** A load of what process 0 has loaded before, and has stored to. */
const LOAD = 'read 0 1 0 1';
/** Page tables that it may take to map all free frames, at most. */
const TABLES = 4;

/**
 * True: the kernel refuses a read() into a page that only the reader holds if there is no frame, so that the agent would not hear
 * of an op that memory is to fail. 'spent': the kernel died instead, or has lost the frames. Unless false the guest is spent.
 */
export function starved(guest: Fed): boolean | 'spent' {
  try {
    guest.ask([LOAD]);
    const free = guest.free('read');
    if (free === undefined) return false;
    for (let tables = 0; tables <= TABLES; tables++)
      if (guest.ask([`ballast ${free - tables}`])[0]?.startsWith('ok')) {
        guest.ask(['armed 1', LOAD]);
        break;
      }
    // Some kernels never get back what they gave out.
    return (guest.free('read') ?? 0) < free ? 'spent' : false;
  } catch (cause) {
    if (!(cause instanceof Died)) throw cause;
    return /panic/i.test(cause.message) ? 'spent' : true;
  }
}
