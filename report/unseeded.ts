// Rows of the catalogue of historical bugs that have no mutant, and why.

/** What a row needs that the sequential model does not have. */
const WHY = {
  interleaving: 'two processors or threads in the middle of an op; the model does one op at a time',
  pin: 'pins and devices, which the model does not have yet',
  swap: 'swap, which the model does not have yet',
  merge: 'the merging of equal pages, which the model does not have yet',
  huge: 'huge pages, which the model does not have yet',
  advice: 'FREE, the advice for fork and mremap, which the model does not have yet',
} as const;

export interface Unseeded {
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
  ...rows('pin', {
    B122: 'the last mapper writes in place although a device still reads',
    B123: 'the same with parent and child exchanged',
    B124: 'fork shares a page that a device writes',
    B126: 'an owner that copies because of its own read pin',
    B128: 'a pinned page copied after a change of protection',
    B129: 'a read pin on the zero page or a page of the file',
    B130: 'a pinned frame that is freed, or never',
    B133: 'a count that pins make overflow',
    B134: 'a do-not-fork mark that outlives its pin',
    B136: 'bytes of the page cache changed by a path that does not copy',
  }),
  ...rows('swap', {
    B137: 'a swap slot that fork does not count',
    B139: 'a slot count that overflows',
    B140: 'a swap-out that tells one owner of a shared frame only',
    B141: 'slots named by address, so that two processes meet in one',
    B142: 'an old copy in swap that is believed',
    B157: 'a page evicted and read back from a store that has changed',
  }),
  ...rows('merge', {
    B144: 'equal pages merged while one can still be written',
    B146: 'a pinned page merged away',
  }),
  ...rows('huge', {
    B79: 'the argument stack of an exec made huge before it is complete',
    B132: 'a pinned piece of a huge page at fork',
    B150: 'a huge page formed again over pieces that are shared',
    B160: 'a fork that splits huge shared mappings for nothing',
  }),
  ...rows('advice', {
    B65: 'the only proof that a freeable page was rewritten, lost at fork',
    B66: 'advice for fork that fork does not take',
    B72: 'a moved range that forgets its mark or its count',
  }),
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
