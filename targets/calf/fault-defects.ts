// Defects in what a store to a page does: the user's, and the kernel's for a user.
import { type Defect, shared, store } from './defect.ts';

export const FAULTS: readonly Defect[] = [
  {
    name: 'no-limit-test',
    class: 'V1',
    defect: 'nothing stops an address beyond the largest before the page tables are walked: the walk panics.',
    rule: 24,
    ops: ['write A max length 4 = 7'],
  },
  {
    name: 'limit-off-by-one',
    class: 'V2',
    defect: 'the first address beyond the largest passes the test: the walk panics.',
    rule: 24,
    ops: ['write A max length 4 = 7'],
  },
  {
    name: 'jump-without-limit-test',
    class: 'V1',
    defect:
      'a jump to an address beyond the largest walks the page tables, to tell of it: the walk panics. Loads and stores are right.',
    rule: 24,
    ops: ['read A max length 2'],
  },
  {
    name: 'absent-table-followed',
    class: 'V3',
    defect: 'where no page table is, the kernel follows the pointer that is not there.',
    rule: 24,
    ops: ['write A hole length 4 = 7'],
  },
  {
    name: 'absent-page-panics',
    class: 'V3',
    defect: 'a store to an address where nothing is mapped stops the kernel.',
    rule: 24,
    ops: ['write A size length 4 = 7'],
  },
  {
    name: 'refused-store-panics',
    class: 'V4',
    defect: 'a store to a page that is there and not copy-on-write (text, guard) stops the kernel.',
    rule: 24,
    ops: ['write A text+0 length 4 = 7'],
  },
  {
    name: 'out-of-memory-panics',
    class: 'E1',
    defect: 'a fault that finds no frame for its copy stops the kernel.',
    rule: 24,
    ops: [shared, 'failalloc nth 1', store('B')],
    outOfMemory: true,
  },
  {
    name: 'guard-opened',
    class: 'P1',
    defect:
      'whatever is copied becomes the user’s: after fork the guard page below the stack can be stored to.',
    rule: 12,
    alsoBreaks: [13],
    ops: [shared, 'write B guard+0 length 4 = 7'],
  },
  {
    name: 'success-without-write',
    class: 'P2',
    defect:
      'the handler calls a store to a read-only page a success and changes nothing: the store faults for ever.',
    rule: 12,
    alsoBreaks: [13],
    ops: ['write A text+0 length 4 = 7'],
  },
  {
    name: 'fault-compared-with-stack-pointer',
    class: 'P4',
    defect:
      'the guard page is guessed from the stack pointer: legal stores at the first byte of its page and to the page below kill the process.',
    rule: 11,
    ops: [shared, 'write B stack+0 length 4 = 4'],
  },
  {
    name: 'fault-address-is-int',
    class: 'I1',
    defect:
      'the fault address is narrowed to 32 bits: a store far outside is taken for one to a page below, and faults for ever.',
    rule: 12,
    ops: ['write A wide length 4 = 7'],
  },
  {
    name: 'cow-bit-is-global',
    class: 'B1',
    defect: 'the mark stands on the bit that tells the hardware “the same in all address spaces”.',
    rule: 29,
    ops: [],
    unseen: 'every way in and out of the kernel flushes the whole TLB, global entries with the others',
  },
];

export const KERNEL: readonly Defect[] = [
  {
    name: 'copyout-ignores-sharing',
    class: 'C1',
    defect: 'the kernel stores into shared frames: read() into a shared page is seen by the sibling.',
    rule: 13,
    ops: [shared, 'kwrite B data+0 length 4 = 7', 'read A data+0 length 4'],
  },
  {
    name: 'copyout-breaks-first-page-only',
    class: 'C2',
    defect:
      'of a range over two pages the kernel copies the first page only and stores into the shared frame of the second.',
    rule: 13,
    alsoBreaks: [2],
    ops: [shared, 'kwrite B data+4094 length 4 = 7', 'read A data+4096 length 2'],
  },
  {
    name: 'copyout-uses-current-space',
    class: 'C3',
    defect:
      'the copy is looked up in the caller’s space, not in the one that is stored to: exec puts the arguments into the old stack.',
    rule: 16,
    ops: [shared, 'exec B image 0 execv argument 7'],
  },
  {
    name: 'copyout-copies-every-page',
    class: 'C4',
    defect:
      'the kernel copies whatever page it stores to: given the address of the saved registers, it frees them under itself; and at the end of memory no read() succeeds.',
    rule: 13,
    alsoBreaks: [24, 25, 29],
    ops: ['kwrite A trapframe length 4 = 7'],
  },
  {
    name: 'copyout-forgets-user-bit',
    class: 'P5',
    defect: 'a user can have the kernel store into the guard page and the saved registers.',
    rule: 13,
    alsoBreaks: [24],
    ops: ['kwrite A guard+0 length 4 = 7'],
  },
  {
    name: 'copyout-writes-read-only',
    defect: 'a user can have the kernel store into program text, which all copies of the program share.',
    rule: 13,
    ops: ['kwrite A text+0 length 4 = 7'],
  },
  {
    name: 'copyout-ignores-out-of-memory',
    class: 'E2',
    defect: 'when there is no frame for the copy, the kernel stores into the shared one.',
    rule: 23,
    alsoBreaks: [13, 15],
    ops: [shared, 'failalloc nth 1', 'kwrite B data+0 length 4 = 7', 'read A data+0 length 4'],
    outOfMemory: true,
  },
  {
    name: 'copyin-breaks-sharing',
    defect: 'write() from a shared page copies it, though it only reads.',
    rule: 14,
    alsoBreaks: [27],
    ops: [shared, 'kread B data+0 length 4'],
  },
  {
    name: 'wait-ignores-sharing',
    defect: 'wait() stores the status into whatever frame is there: a shared one, and that of text.',
    rule: 15,
    alsoBreaks: [2, 13],
    ops: [shared, 'fork A -> C', 'exit B status 7', 'wait A into data+0', 'read C data+0 length 4'],
  },
  {
    name: 'records-ignore-sharing',
    class: 'C1',
    defect:
      'read() copies a shared page, but what pipe() and fstat() tell goes into whatever frame is there: the sibling sees it.',
    rule: 13,
    alsoBreaks: [1, 2],
    ops: [shared, 'kwrite B data+0 length 8 = 7', 'read A data+0 length 8'],
  },
  {
    name: 'wait-forgets-user-bit',
    class: 'P5',
    defect: 'after fork wait() stores the status into the guard page; read() does not.',
    rule: 13,
    alsoBreaks: [15],
    ops: [shared, 'exit B status 7', 'wait A into guard+0'],
  },
  {
    name: 'lazy-heap-unknown-to-kernel',
    class: 'L1',
    defect: 'the heap comes at the first touch, and read() into a page that was not touched yet fails.',
    rule: 13,
    alsoBreaks: [27],
    ops: ['sbrk A pages 1', 'kwrite A heap+4096 length 4 = 7'],
  },
];
