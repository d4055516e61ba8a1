// How often each op is tried, by profile: the weights that exposed the bugs of history.
import type { OpName } from '../../spec/op.ts';

export const PROFILES = ['base', 'oom', 'kernel', 'pin'] as const;
export type Profile = (typeof PROFILES)[number];

/** Shares in per cent; ops a target does not offer drop out. `clone` and `vfork` share the weight of a fork. */
export const WEIGHTS: Readonly<Record<Profile, Readonly<Partial<Record<OpName, number>>>>> = {
  base: {
    write: 28,
    read: 14,
    fork: 14,
    clone: 3,
    vfork: 2,
    exit: 7,
    kill: 3,
    wait: 6,
    exec: 5,
    kwrite: 6,
    kread: 2,
    mmap: 4,
    munmap: 2,
    mprotect: 5,
    sbrk: 2,
    madvise: 2,
    mremap: 1,
  },
  oom: {
    write: 26,
    read: 8,
    fork: 16,
    clone: 3,
    vfork: 2,
    exit: 7,
    kill: 3,
    wait: 5,
    exec: 6,
    kwrite: 7,
    kread: 2,
    mmap: 4,
    munmap: 2,
    mprotect: 4,
    sbrk: 2,
    madvise: 2,
    mremap: 1,
    pin: 2,
    unpin: 2,
    swapout: 2,
    swapin: 1,
    merge: 1,
    unmerge: 1,
    failalloc: 6,
  },
  kernel: {
    write: 14,
    read: 10,
    fork: 10,
    clone: 3,
    vfork: 2,
    exit: 6,
    kill: 2,
    wait: 10,
    exec: 4,
    kwrite: 26,
    kread: 9,
    mmap: 3,
    munmap: 1,
    mprotect: 4,
    sbrk: 1,
    madvise: 1,
    mremap: 1,
  },
  pin: {
    write: 18,
    read: 10,
    fork: 11,
    clone: 1,
    vfork: 1,
    exit: 6,
    kill: 2,
    wait: 4,
    exec: 2,
    kwrite: 5,
    kread: 2,
    mmap: 3,
    munmap: 3,
    mprotect: 5,
    sbrk: 1,
    madvise: 4,
    mremap: 2,
    pin: 6,
    unpin: 3,
    dma: 4,
    swapout: 4,
    swapin: 1,
    merge: 2,
    unmerge: 1,
    split: 1,
    collapse: 2,
    failalloc: 2,
  },
};

const DRAWN = new Set(Object.values(WEIGHTS).flatMap(weights => Object.keys(weights)));

/** Those of `ops` that some profile draws. */
export function drawn(ops: readonly OpName[]): readonly OpName[] {
  return ops.filter(name => DRAWN.has(name));
}

/** Of the writes, per cent aimed at a page that is still shared, and at one whose last sharer has just left. */
export const AT_SHARED = 70;
export const AT_LAST_HOLDER = 10;
/** Per cent of actors: the process forked last, the oldest one; the rest is anybody. */
export const BY_NEWEST = 40;
export const BY_OLDEST = 25;
/** Per cent of ops aimed wrong on purpose: absent or taken names, pages that must be refused. */
export const ILL_AIMED = 5;
/** Of what is aimed wrong at a kernel, per cent that goes to the guard page. */
export const AT_GUARD = 20;
/** Of a kernel's writes, per cent that are records. */
export const RECORDED = 25;
/** Per cent of tapes that contain one of the shapes, and of tapes written with a random subset of the ops. */
export const SHAPED = 35;
export const SWARMED = 30;
