// The law as data: the numbered rules a copy-on-write fork must keep, each with its statement and source.

/** A rule's number, 1 to 35. Numbers are stable: saved traces and reports name them. */
export type RuleId = number;

export interface Rule {
  readonly id: RuleId;
  /** What kind of promise it is; reports group by it. */
  readonly area:
    | 'contents and isolation'
    | 'permissions'
    | 'kernel access'
    | 'exec, vfork, wait'
    | 'special regions'
    | 'failure'
    | 'resources'
    | 'pins'
    | 'swap, merge, huge pages';
  readonly statement: string;
  /** The documents the rule is taken from; "ours" where it is this project's own. */
  readonly source: string;
}

const contents = 'contents and isolation';
const permissions = 'permissions';
const kernel = 'kernel access';
const lifecycle = 'exec, vfork, wait';
const special = 'special regions';
const failure = 'failure';
const resources = 'resources';
const pins = 'pins';
const backing = 'swap, merge, huge pages';

/** Eager copying at fork is the oracle: 1–24 and 35 follow from it; 25–29 count resources; 30–34 are about pins. */
export const RULES: readonly Rule[] = [
  {
    id: 1,
    area: contents,
    statement:
      'At the instant fork returns, every byte of every private page reads the same in parent and child.',
    source: 'fork(2); POSIX fork',
  },
  {
    id: 2,
    area: contents,
    statement:
      'After fork, a write by one process to a private page is seen by that process at once and by no other process, ever.',
    source: 'fork(2); POSIX; mmap(2) MAP_PRIVATE',
  },
  {
    id: 3,
    area: contents,
    statement:
      'Rule 2 holds for any family shape: chains, siblings, grandchildren, re-fork of shared pages, any number of sharers.',
    source: 'cowtest three; nanvix #2512',
  },
  {
    id: 4,
    area: contents,
    statement: 'A write changes exactly the bytes written; the rest of the page keeps its value.',
    source: 'POSIX; LTP; Linux selftests mm/cow.c',
  },
  {
    id: 5,
    area: contents,
    statement:
      'Pages of a shared mapping stay shared: a write by any holder is seen by all, before and after fork.',
    source: 'mmap(2) MAP_SHARED; POSIX fork',
  },
  {
    id: 6,
    area: contents,
    statement: 'Mapping changes in one process do not alter the layout or contents of another.',
    source: 'fork(2)',
  },
  {
    id: 7,
    area: contents,
    statement: 'A private mapping of a file never changes the file; changes made before fork are inherited.',
    source: 'mmap(2); POSIX',
  },
  {
    id: 8,
    area: contents,
    statement: 'A page never touched reads zero; the zero source itself never changes.',
    source: 'mmap(2) MAP_ANONYMOUS; usertests bsstest',
  },
  {
    id: 9,
    area: contents,
    statement: 'Exit, kill or exec of any process leaves the memory of all others as it was, in every order.',
    source: 'cowtest; usertests reparent, exitwait, twochildren',
  },
  {
    id: 10,
    area: permissions,
    statement: 'fork copies permissions: read-only stays read-only, no page gains write or execute.',
    source: 'POSIX fork; usertests textwrite, nowrite',
  },
  {
    id: 11,
    area: permissions,
    statement: 'A write to a logically writable page always succeeds unless memory is exhausted.',
    source: 'fork(2), mprotect(2)',
  },
  {
    id: 12,
    area: permissions,
    statement:
      'A write to a read-only, unmapped, guard or outside page kills or signals only that process, in bounded time.',
    source: 'usertests MAXVAplus, kernmem, stacktest, textwrite, pgbug',
  },
  {
    id: 13,
    area: kernel,
    statement:
      'A kernel write for a process obeys rules 2, 4 and 10 to 12 like a user write, for every page of the buffer; refused, it returns an error.',
    source: 'MIT cow lab; cowtest file; usertests copyout, copyin, nowrite, sbrkarg',
  },
  {
    id: 14,
    area: kernel,
    statement: 'A kernel read sees what a user read would see and does not separate pages.',
    source: 'derived; usertests copyin',
  },
  {
    id: 15,
    area: kernel,
    statement: 'The wait status lands only in the memory of the waiter.',
    source: 'derived from rule 13; POSIX wait',
  },
  {
    id: 16,
    area: lifecycle,
    statement:
      'exec replaces the whole private image; copy-on-write references of the old image are gone; others unaffected.',
    source: 'execve(2)',
  },
  {
    id: 17,
    area: lifecycle,
    statement: 'A failed exec returns an error with memory, layout and references exactly as before.',
    source: 'execve(2); usertests execout, badarg',
  },
  {
    id: 18,
    area: lifecycle,
    statement:
      'vfork: until the child execs or exits the parent is suspended and both see one memory; afterwards the parent has the writes.',
    source: 'vfork(2)',
  },
  {
    id: 19,
    area: special,
    statement:
      'DONTNEED on private anonymous memory: that process reads zero next; sharers keep their bytes.',
    source: 'madvise(2)',
  },
  {
    id: 20,
    area: special,
    statement:
      'FREE: reads give the last value or zero until the next write; never the value of an ancestor.',
    source: 'madvise(2)',
  },
  {
    id: 21,
    area: special,
    statement: 'DONTFORK ranges are absent in the child; WIPEONFORK ranges read zero there and stay marked.',
    source: 'fork(2), madvise(2)',
  },
  {
    id: 22,
    area: failure,
    statement:
      'fork is all or nothing: refused, no child exists and the caller and every count are as before.',
    source: 'fork(2) ENOMEM, EAGAIN; POSIX',
  },
  {
    id: 23,
    area: failure,
    statement:
      'If a break gets no memory, the faulting process alone is killed or gets an error; no byte of a sharer changes.',
    source: 'MIT cow lab',
  },
  {
    id: 24,
    area: failure,
    statement: 'Running out of processes, memory or table pages never stops the system.',
    source: 'usertests forktest, sbrkfail, execout, mem',
  },
  {
    id: 25,
    area: resources,
    statement:
      'The count of a frame equals the number of things that refer to it; zero exactly when it is free.',
    source: 'MIT cow lab; derived',
  },
  {
    id: 26,
    area: resources,
    statement: 'After all processes are gone, all frames, table pages and slots are back.',
    source: 'usertests countfree; cowtest repeats',
  },
  {
    id: 27,
    area: resources,
    statement:
      'fork copies no data page; reads allocate none; a write allocates at most one, and none for an only holder.',
    source: 'MIT cow lab; cowtest simple; the bound "none" is ours',
  },
  {
    id: 28,
    area: resources,
    statement: 'Frames in use never exceed what eager copying would use.',
    source: 'Fuchsia 1a2bf556; ours',
  },
  {
    id: 29,
    area: resources,
    statement:
      'A shared frame has no writable translation anywhere once fork returns; after a break no processor uses the old one.',
    source: 'LTP hugefork01; derived',
  },
  {
    id: 30,
    area: pins,
    statement: 'While a process holds a pin, its own later reads and writes there go to the pinned frame.',
    source: 'Linux selftests mm/cow.c',
  },
  {
    id: 31,
    area: pins,
    statement: 'A pin never sees writes of another process made after the sharing began.',
    source: 'Linux selftests mm/cow.c; CVE-2020-29374',
  },
  {
    id: 32,
    area: pins,
    statement: 'A write-pinned page is not shared by fork: the child gets its own copy at once.',
    source: 'Linux selftests mm/cow.c; Linux 70e806e4',
  },
  {
    id: 33,
    area: pins,
    statement: 'A read pin on a shared or non-anonymous page first makes it the own page of the pinner.',
    source: 'Linux selftests mm/cow.c',
  },
  {
    id: 34,
    area: pins,
    statement: 'A pinned frame outlives unmapping and exit until unpinned, then is released exactly once.',
    source: 'derived',
  },
  {
    id: 35,
    area: backing,
    statement:
      'Swap, merge and huge-page operations change no observable byte, permission or sharing relation.',
    source: 'madvise(2) MERGEABLE; Linux selftests mm/cow.c',
  },
];

/** The rule with this number; throws RangeError for a number outside 1..35. */
export function rule(id: RuleId): Rule {
  const found = RULES[id - 1];
  if (found === undefined) throw new RangeError(`no rule ${id}: rules are numbered 1 to ${RULES.length}`);
  return found;
}
