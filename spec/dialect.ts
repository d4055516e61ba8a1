// What may rightly differ between systems, as data: a dialect, with a source for every entry.

export interface Dialect {
  /** May a user store to a text page succeed? */
  readonly textWritable: boolean;
  /** How a refused user access ends: the process dies, or it catches a signal and lives. */
  readonly refusedAccess: 'killed' | 'signalled' | 'either';
  /** Must the only holder of a frame write it in place, or may it copy once more? */
  readonly lastOwner: 'reuses' | 'may-copy';
  /** When the memory of a zombie must be back. */
  readonly releaseAt: 'exit' | 'wait';
  /** Does vfork borrow the memory and suspend the parent, or is it fork? */
  readonly vfork: 'borrows' | 'copies';
  /** A kernel write that meets a bad page after good ones: may the prefix stand, or must nothing have been written? */
  readonly partialKernelWrite: 'prefix' | 'nothing';
  /** Does a kernel write reach read-only pages of an image? Then the writer alone may see it. */
  readonly kernelWritesText: boolean;
  /** The status word wait stores: status << 8 or 9 for killed (POSIX), or the plain status, -1 for killed. */
  readonly statusWord: 'posix' | 'plain';
  /** When wait cannot store the status: is the child gone all the same, or does it stay a zombie? */
  readonly waitFault: 'reaps' | 'keeps';
  /** mprotect over a range with a hole: have the pages before the hole changed, or none? */
  readonly partialProtect: 'prefix' | 'nothing';
  /** madvise over a range with a hole: have all mapped pages been advised, or none? */
  readonly partialAdvice: 'all' | 'nothing';
  /** Does a private mapping of a file show later changes of the file until the page is written? */
  readonly privateFile: 'follows' | 'snapshot';
  /** Does sbrk allocate on first touch? */
  readonly sbrkLazy: boolean;
  /** Do untouched zero pages have a frame of their own from the start, from the first store on, or from the first load or store? */
  readonly zeroPages: 'present' | 'on-touch' | 'on-load';
  /** What a read pin of a shared page does: makes it the pinner's own, or shares on. */
  readonly readPin: 'unshares' | 'shares';
}

/** For each entry, where the choice comes from: a manual page, a source file, a measurement. */
export type DialectSources = Readonly<Record<keyof Dialect, string>>;
