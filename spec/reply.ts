// What a program, or the debugger holding it, learns from one op.
import type { Name } from './op.ts';

/** How a process ended: its exit status, or killed (by kill, by a refused access, or for lack of memory). */
export type Ending = number | 'killed';

export type Reply =
  | { readonly reply: 'ok' }
  /** What fork returned on each side, child ids translated to names: it must be the new name, and 0. */
  | { readonly reply: 'forked'; readonly inParent: Name | undefined; readonly inChild: number }
  /** The new image runs and reports its argument and environment (0 where the variant passes none). */
  | {
      readonly reply: 'executed';
      readonly image: number;
      readonly argument: number;
      readonly environment: number;
    }
  /** Bytes read, in hex. */
  | { readonly reply: 'bytes'; readonly bytes: string }
  /** FNV-1a (32 bits, hex) of the bytes read, for reads of more than DIGEST_ABOVE bytes. */
  | { readonly reply: 'digest'; readonly digest: string }
  | { readonly reply: 'reaped'; readonly child: Name; readonly ending: Ending }
  /** wait: there are children, none has ended. */
  | { readonly reply: 'running' }
  | { readonly reply: 'no-child' }
  /** The process named does not exist or has ended. Not sent to the target's memory. */
  | { readonly reply: 'absent' }
  | { readonly reply: 'taken' }
  | { readonly reply: 'suspended' }
  /** The system call returned an error for lack of memory, of processes, or of the thing named, or the range is not one it takes. */
  | {
      readonly reply: 'refused';
      readonly why: 'memory' | 'processes' | 'missing' | 'range';
      readonly stands?: number;
    }
  /** The kernel would not touch that user address (EFAULT). `stands`: bytes of a kwrite written before it met that address; `reaped`: the child wait lost. */
  | { readonly reply: 'fault'; readonly stands?: number; readonly reaped?: Name }
  /** The access was refused; the process caught the signal and lives. */
  | { readonly reply: 'signalled' }
  /** The access was refused or could not be served; the process is dead. */
  | { readonly reply: 'killed'; readonly why: 'access' | 'memory' };

export type ReplyName = Reply['reply'];

/** Reply names by packed code. */
export const REPLY_NAMES = [
  'ok',
  'forked',
  'executed',
  'bytes',
  'digest',
  'reaped',
  'running',
  'no-child',
  'absent',
  'taken',
  'suspended',
  'refused',
  'fault',
  'signalled',
  'killed',
] as const satisfies readonly ReplyName[];

export const OK = 0;
export const FORKED = 1;
export const EXECUTED = 2;
export const BYTES = 3;
export const DIGEST = 4;
export const REAPED = 5;
export const RUNNING = 6;
export const NO_CHILD = 7;
export const ABSENT = 8;
export const TAKEN = 9;
export const SUSPENDED = 10;
export const REFUSED = 11;
export const FAULT = 12;
export const SIGNALLED = 13;
export const KILLED = 14;

/** Packed reasons of `refused` and `killed`. */
export const FOR_MEMORY = 0;
export const FOR_PROCESSES = 1;
export const FOR_MISSING = 2;
export const FOR_ACCESS = 3;
export const FOR_RANGE = 4;

/** Reasons by packed code. */
export const REASONS = ['memory', 'processes', 'missing', 'access', 'range'] as const;

/** Packed ending of a process that was killed; smaller numbers are exit statuses. */
export const ENDED_KILLED = 256;
