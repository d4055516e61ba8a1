// Where calf keeps what an examination reads: its own names for what every kernel of this family has.

/** Names are those of the kernel's symbols, types, fields and enumerators; offsets come from its debug information. */
export const CALF = {
  name: 'calf',
  /** Symbols that no other kernel has together. */
  knownBy: ['tasks', 'frames', 'user_entry'],
  tasks: {
    array: 'tasks',
    type: 'struct task',
    state: 'state',
    /** NEW: being made or being buried; nobody runs it, and what it holds is on its way. */
    states: {
      unused: 'FREE',
      embryo: 'NEW',
      runnable: 'READY',
      running: 'RUNNING',
      sleeping: 'ASLEEP',
      zombie: 'DEAD',
    },
    id: 'id',
    /** A pointer to another element of the array. */
    parent: 'parent',
    name: 'name',
    /** Bytes from 0 up: image, guard page, stack page, heap. */
    size: 'size',
    /** A pointer to the root of its page table; physical addresses are pointers. */
    root: 'root',
    /** A pointer to its saved registers, a frame of its own; 0 while it has none. */
    registers: 'regs',
    waitingOn: 'waiting_on',
  },
  registers: { type: 'struct registers', pc: 'pc', array: 'x', stackPointer: 2 },
  user: { limit: 2 ** 38, trampoline: 2 ** 38 - 4096, registers: 2 ** 38 - 8192 },
  frames: {
    /** The first free frame; each begins with the address of the next, the last with 0. */
    freeHead: 'frames.free_head',
    next: ['struct free_frame', 'next'],
    freeTotal: 'frames.free_total',
    /** One 32-bit count for each frame from `countedFrom` on; 0 for a free one. */
    counts: 'frames.sharers',
    countedFrom: 0x8000_0000,
    /** A variable: the first frame that is handed out. They end with the array of counts. */
    first: 'frames.first',
  },
  /** Kernel stacks, pipes and files are tables: no frame but a task's is ever out of the free list. */
  heldByKernel: [],
  /** Bit of a page-table entry. */
  copyOnWrite: 8,
} as const;
