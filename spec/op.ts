// Every op a trace can hold: its plain form, and the one table from which parsing, packing and printing follow.

/** A process, named by the trace; never the number the target gave it. `A` is there from the start. */
export type Name = string;
/** A pin, named by the trace. */
export type Handle = string;
/** `segment+offset` in bytes, such as `data+8`, or one of the edges. */
export type Address = string;

export const EXEC_VARIANTS = ['execve', 'execv', 'execvp', 'execl', 'execle', 'execlp'] as const;
export type ExecVariant = (typeof EXEC_VARIANTS)[number];
/** Writable and executable pages are readable too: what a machine does without it differs. */
export const ACCESSES = ['none', 'r', 'rw', 'rx', 'rwx'] as const;
export type Access = (typeof ACCESSES)[number];
export const MAPPINGS = ['private', 'shared', 'private-file', 'shared-file'] as const;
export type Mapping = (typeof MAPPINGS)[number];
export const ADVICE = ['dontneed', 'free', 'dontfork', 'wipeonfork', 'dofork', 'keeponfork'] as const;
export type Advice = (typeof ADVICE)[number];
/** What a kernel does with pages on its own, advised to. */
export const REARRANGEMENTS = ['swapout', 'swapin', 'merge', 'unmerge', 'split', 'collapse'] as const;
export const PIN_ACCESSES = ['read', 'write'] as const;
/** Most pins a trace may name. */
export const MOST_PINS = 8;

/**
 * One step of a trace. Every op has a reply in every state: an op by an absent process replies `absent`,
 * a fork into a taken name `taken`, any op by a suspended parent `suspended`.
 */
export type Op =
  /** Make a copy. `clone` is the same through the raw system call, for targets that have both doors. */
  | { readonly op: 'fork' | 'clone'; readonly by: Name; readonly as: Name }
  /** Make a child that borrows the memory; `by` is suspended until it execs or exits. */
  | { readonly op: 'vfork'; readonly by: Name; readonly as: Name }
  /** Replace the image. An `image` the world does not have must fail. `argument` and, for execve and execle, the environment come back in the reply. */
  | {
      readonly op: 'exec';
      readonly by: Name;
      readonly image: number;
      readonly via: ExecVariant;
      readonly argument: number;
    }
  | { readonly op: 'exit'; readonly by: Name; readonly status: number }
  /** Never blocks. With `into`, the kernel stores the 4-byte status word there. */
  | { readonly op: 'wait'; readonly by: Name; readonly into?: Address }
  | { readonly op: 'kill'; readonly by: Name; readonly victim: Name }
  /** A user load or store; it does not leave its page. A store of `length` bytes repeats the 4 bytes of `value`. */
  | { readonly op: 'read'; readonly by: Name; readonly at: Address; readonly length: number }
  | {
      readonly op: 'write';
      readonly by: Name;
      readonly at: Address;
      readonly length: number;
      readonly value: number;
    }
  /** The kernel loads or stores for the process, as write(2) and read(2) do; it may straddle pages. */
  | { readonly op: 'kread'; readonly by: Name; readonly at: Address; readonly length: number }
  | {
      readonly op: 'kwrite';
      readonly by: Name;
      readonly at: Address;
      readonly length: number;
      readonly value: number;
    }
  /** Maps pages of the mapping area that are not mapped yet, fresh and zero or of the world's one file; else `refused range`. */
  | {
      readonly op: 'mmap';
      readonly by: Name;
      readonly at: Address;
      readonly pages: number;
      readonly mapping: Mapping;
      readonly access: Access;
    }
  | { readonly op: 'munmap'; readonly by: Name; readonly at: Address; readonly pages: number }
  | {
      readonly op: 'mprotect';
      readonly by: Name;
      readonly at: Address;
      readonly pages: number;
      readonly access: Access;
    }
  | { readonly op: 'sbrk'; readonly by: Name; readonly pages: number }
  | {
      readonly op: 'madvise';
      readonly by: Name;
      readonly at: Address;
      readonly pages: number;
      readonly advice: Advice;
    }
  /** Moves anonymous pages to unmapped ones of the mapping area; else `refused range`. */
  | {
      readonly op: 'mremap';
      readonly by: Name;
      readonly at: Address;
      readonly pages: number;
      readonly to: Address;
    }
  /** A device's reference to a page; it survives the mapping and the process. A handle in use replies `taken`. */
  | {
      readonly op: 'pin';
      readonly by: Name;
      readonly at: Address;
      readonly access: 'read' | 'write';
      readonly as: Handle;
    }
  /** An unknown handle replies `absent`. */
  | { readonly op: 'unpin'; readonly pin: Handle }
  /** The device acts through its pin: a write pin stores `value` as a write does, a read pin replies the bytes. It stays in its page. */
  | {
      readonly op: 'dma';
      readonly pin: Handle;
      readonly offset: number;
      readonly length: number;
      readonly value: number;
    }
  /** What a kernel does on its own: advice about a mapped page, which it may or may not take; `refused range` elsewhere. */
  | {
      readonly op: (typeof REARRANGEMENTS)[number];
      readonly by: Name;
      readonly at: Address;
    }
  /** Let the `nth` next frame allocation of the target fail, once. */
  | { readonly op: 'failalloc'; readonly nth: number }
  /** Run the following ops on this processor. */
  | { readonly op: 'cpu'; readonly cpu: number };

export type OpName = Op['op'];

/**
 * What a field holds and how it is packed: `process` and `handle` are numbered by the trace, `address` takes two
 * words (page, offset), `choice` is an index into its values, `integer` is itself. An optional address packs as page -1.
 */
export type Field =
  | { readonly name: string; readonly kind: 'process' | 'handle' }
  | { readonly name: string; readonly kind: 'address'; readonly optional?: true }
  | { readonly name: string; readonly kind: 'integer'; readonly min: number; readonly max: number }
  | { readonly name: string; readonly kind: 'choice'; readonly values: readonly string[] };

export interface OpShape {
  /** Word 0 of the packed form. Stable within trace format 1. */
  readonly code: number;
  readonly fields: readonly Field[];
}

const by: Field = { name: 'by', kind: 'process' };
const at: Field = { name: 'at', kind: 'address' };
const child: Field = { name: 'as', kind: 'process' };
const pages: Field = { name: 'pages', kind: 'integer', min: 1, max: 4096 };
const length: Field = { name: 'length', kind: 'integer', min: 1, max: 65536 };
const value: Field = { name: 'value', kind: 'integer', min: 0, max: 0xffffffff };
const access: Field = { name: 'access', kind: 'choice', values: ACCESSES };

/** Code and fields of every op. Fields fill the packed words after the code, in order. */
export const OPS: Readonly<Record<OpName, OpShape>> = {
  fork: { code: 0, fields: [by, child] },
  clone: { code: 1, fields: [by, child] },
  vfork: { code: 2, fields: [by, child] },
  exec: {
    code: 3,
    fields: [
      by,
      { name: 'image', kind: 'integer', min: 0, max: 255 },
      { name: 'via', kind: 'choice', values: EXEC_VARIANTS },
      { name: 'argument', kind: 'integer', min: 0, max: 65535 },
    ],
  },
  exit: { code: 4, fields: [by, { name: 'status', kind: 'integer', min: 0, max: 255 }] },
  wait: { code: 5, fields: [by, { name: 'into', kind: 'address', optional: true }] },
  kill: { code: 6, fields: [by, { name: 'victim', kind: 'process' }] },
  read: { code: 7, fields: [by, at, length] },
  write: { code: 8, fields: [by, at, length, value] },
  kread: { code: 9, fields: [by, at, length] },
  kwrite: { code: 10, fields: [by, at, length, value] },
  mmap: { code: 11, fields: [by, at, pages, { name: 'mapping', kind: 'choice', values: MAPPINGS }, access] },
  munmap: { code: 12, fields: [by, at, pages] },
  mprotect: { code: 13, fields: [by, at, pages, access] },
  sbrk: { code: 14, fields: [by, { name: 'pages', kind: 'integer', min: -4096, max: 4096 }] },
  madvise: { code: 15, fields: [by, at, pages, { name: 'advice', kind: 'choice', values: ADVICE }] },
  mremap: { code: 16, fields: [by, at, pages, { name: 'to', kind: 'address' }] },
  pin: {
    code: 17,
    fields: [
      by,
      at,
      { name: 'access', kind: 'choice', values: PIN_ACCESSES },
      { name: 'as', kind: 'handle' },
    ],
  },
  unpin: { code: 18, fields: [{ name: 'pin', kind: 'handle' }] },
  dma: {
    code: 19,
    fields: [
      { name: 'pin', kind: 'handle' },
      { name: 'offset', kind: 'integer', min: 0, max: 65535 },
      length,
      value,
    ],
  },
  swapout: { code: 20, fields: [by, at] },
  swapin: { code: 21, fields: [by, at] },
  merge: { code: 22, fields: [by, at] },
  unmerge: { code: 23, fields: [by, at] },
  split: { code: 24, fields: [by, at] },
  collapse: { code: 25, fields: [by, at] },
  failalloc: { code: 26, fields: [{ name: 'nth', kind: 'integer', min: 1, max: 65535 }] },
  cpu: { code: 27, fields: [{ name: 'cpu', kind: 'integer', min: 0, max: 63 }] },
};

/** All op names, by code. */
export const OP_NAMES: readonly OpName[] = (Object.keys(OPS) as OpName[]).sort(
  (a, b) => OPS[a].code - OPS[b].code,
);

/** Packed codes by name, as plain constants for switches in hot loops. */
export const FORK = 0;
export const CLONE = 1;
export const VFORK = 2;
export const EXEC = 3;
export const EXIT = 4;
export const WAIT = 5;
export const KILL = 6;
export const READ_OP = 7;
export const WRITE_OP = 8;
export const KREAD = 9;
export const KWRITE = 10;
export const MMAP = 11;
export const MUNMAP = 12;
export const MPROTECT = 13;
export const SBRK = 14;
export const MADVISE = 15;
export const MREMAP = 16;
export const PIN = 17;
export const UNPIN = 18;
export const DMA = 19;
export const SWAPOUT = 20;
export const SWAPIN = 21;
export const MERGE = 22;
export const UNMERGE = 23;
export const SPLIT = 24;
export const COLLAPSE = 25;
export const FAILALLOC = 26;

/** Packed values of `advice` and of a pin's `access`. */
export const DONTNEED = 0;
export const FREE = 1;
export const DONTFORK = 2;
export const WIPEONFORK = 3;
export const DOFORK = 4;
export const KEEPONFORK = 5;
export const PIN_READ = 0;
export const PIN_WRITE = 1;

/** Does an op with this code make a process, named by its word 2? */
export function isBirth(code: number | undefined): boolean {
  return code === FORK || code === VFORK || code === CLONE;
}

/** Does word 1 of an op with this code name the process that performs it? */
export function hasActor(code: number): boolean {
  return code !== UNPIN && code !== DMA && code < FAILALLOC;
}
