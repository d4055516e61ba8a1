// Rows of the catalogue that need an interleaving and have no mutant of the stepped machine, and why.

export interface Unstepped {
  readonly bug: string;
  readonly what: string;
  /** What the machine would need. */
  readonly why: string;
}

export const UNSTEPPED: readonly Unstepped[] = [
  {
    bug: 'B83',
    what: 'a kill that meets a fork half done',
    why: 'somebody else who ends a process: here a process ends itself, once its other threads are gone',
  },
  {
    bug: 'B111',
    what: 'a fast path that trusts the count of the wrong object',
    why: 'chains of objects; here a page has an entry and a frame',
  },
  {
    bug: 'B113',
    what: 'Dirty COW for shared memory files',
    why: 'shared mappings, and faults that a user handles',
  },
  { bug: 'B114', what: 'Dirty COW for the huge zero page', why: 'huge pages and dirty marks' },
  {
    bug: 'B115',
    what: 'a mapping replaced while the kernel writes into it',
    why: 'permissions that change: every page here may be stored to',
  },
  {
    bug: 'B116',
    what: 'a page moved by reference while its owner goes on writing',
    why: 'moves of pages between processes',
  },
  {
    bug: 'B117',
    what: 'a fault that lands in an object after fork has split it',
    why: 'chains of objects; here a page has an entry and a frame',
  },
  {
    bug: 'B119',
    what: 'a dirty mark lost between two processors',
    why: 'marks that the hardware sets in entries, and a reclaim that reads them',
  },
  {
    bug: 'B121',
    what: 'a count read too early by a processor that reorders',
    why: 'weak memory: here what one processor writes the next step of any other reads',
  },
  {
    bug: 'B143',
    what: 'a swap entry that somebody else removes in between',
    why: 'swap',
  },
  { bug: 'B147', what: 'a scan for equal pages that meets an exit or a fork', why: 'merging' },
  { bug: 'B149', what: 'a count read while a huge page is being split', why: 'huge pages' },
  {
    bug: 'B155',
    what: 'an object that dies while a fork takes it up',
    why: 'chains of objects; here a page has an entry and a frame',
  },
];
