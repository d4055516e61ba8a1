// Rows of the catalogue of historical bugs that have no mutant, and why.

/** What a row needs that the sequential model does not have. */
const WHY = {
  interleaving:
    'two processors or threads in the middle of an op; the model does one op at a time, and interleavings.md tells of a kernel that does not',
} as const;

interface Unseeded {
  readonly bug: string;
  readonly what: string;
  /** What it would take. */
  readonly why: string;
}

const rows = (why: keyof typeof WHY, of: Readonly<Record<string, string>>): readonly Unseeded[] =>
  Object.entries(of).map(([bug, what]) => ({ bug, what, why: WHY[why] }));

export const UNSEEDED: readonly Unseeded[] = [
  ...rows('interleaving', {
    B51: 'a kernel write that is under way when its page becomes shared',
    B83: 'a kill that meets a fork half done',
    B99: 'counts that lose updates',
    B101: 'a frame that can be found before it has a count',
    B102: 'two locks for one count',
    B103: 'a frame freed while it is being copied',
    B105: 'two threads that break the same page',
    B106: 'a count looked at before a lock was let go, and believed after',
    B108: 'another processor that keeps a writable translation over a fork',
    B109: 'another processor that keeps the old frame over a break',
    B112: 'Dirty COW: a discard between the break and its retry',
    B113: 'the same for shared memory files',
    B114: 'the same for the huge zero page',
    B115: 'a mapping replaced while the kernel writes into it',
    B116: 'a page moved by reference while its owner goes on writing',
    B117: 'a fault that lands in an object after fork has split it',
    B119: 'a dirty mark lost between two processors',
    B120: 'locks taken in two orders, and faults under a lock',
    B121: 'a count read too early by a processor that reorders',
    B131: 'a pin taken while fork converts the page',
    B143: 'a swap entry that somebody else removes in between',
    B147: 'a scan for equal pages that meets an exit or a fork',
    B149: 'a count read while a huge page is being split',
    B155: 'an object that dies while a fork takes it up',
  }),
  {
    bug: 'B79',
    what: 'the argument stack of an exec made huge before it is complete',
    why: 'background work in the middle of an op; the model does one op at a time',
  },
  {
    bug: 'B157',
    what: 'a page evicted and read back from a store that has changed',
    why: 'a backing store that others write; the slots of the model are its own',
  },
  {
    bug: 'B160',
    what: 'a fork that splits huge shared mappings for nothing',
    why: 'huge pages of shared mappings; those of the model are private',
  },
  {
    bug: 'B34',
    what: 'a stack written between the child and its snapshot',
    why: 'forks made in user space; a fork of the model is one op',
  },
  {
    bug: 'B96',
    what: 'copies of the child eat what the parent was promised',
    why: 'memory that is reserved in advance; the model reserves nothing',
  },
  {
    bug: 'B152',
    what: 'bookkeeping of ancestors used for two regions',
    why: 'maps from frames back to regions; the model looks at all entries',
  },
  {
    bug: 'B156',
    what: 'a shared page-table page taken for exclusive',
    why: 'page tables that are shared; in the model each space has its own',
  },
  {
    bug: 'B159',
    what: 'a second fault for one store',
    why: 'a count of faults, which the model does not keep; where a target does, `economy.one-fault-a-page` looks at it',
  },
];
