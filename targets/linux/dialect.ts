// What Linux rightly does its own way, and where that is written.
import type { Dialect, DialectSources } from '../../spec/dialect.ts';

/** All but what a load of untouched memory takes: that is tried, and the agent says so. */
export const LINUX_DIALECT: Omit<Dialect, 'zeroPages'> = {
  textWritable: false,
  refusedAccess: 'signalled',
  lastOwner: 'reuses',
  releaseAt: 'exit',
  vfork: 'borrows',
  partialKernelWrite: 'prefix',
  kernelWritesText: false,
  statusWord: 'posix',
  waitFault: 'reaps',
  partialProtect: 'prefix',
  partialAdvice: 'all',
  privateFile: 'follows',
  sbrkLazy: true,
  readPin: 'unshares',
};

export const LINUX_SOURCES: DialectSources = {
  textWritable: 'mmap(2): the agent maps text PROT_READ | PROT_EXEC',
  refusedAccess: 'signal(7): SIGSEGV and SIGBUS, which the agent catches',
  lastOwner:
    'mm/memory.c, wp_can_reuse_anon_folio; exact because the agent keeps all processes on one CPU, so no other has the page in a batch',
  releaseAt: 'kernel/exit.c: do_exit calls exit_mm before the parent is told',
  vfork: 'vfork(2)',
  partialKernelWrite: 'read(2), copy_to_user: bytes before the bad address stay',
  kernelWritesText: 'read(2): EFAULT, the page is mapped without PROT_WRITE',
  statusWord: 'wait(2): status << 8, or the signal number',
  waitFault: 'kernel/exit.c, kernel_wait4: do_wait reaps, then put_user fails with EFAULT',
  partialProtect: 'mm/mprotect.c, do_mprotect_pkey: regions before the hole are done, then ENOMEM',
  partialAdvice: 'madvise(2): the mapped parts are advised, then ENOMEM',
  privateFile: 'mmap(2) leaves it open; mm/memory.c maps the page cache until the first write',
  sbrkLazy: 'brk(2), mmap(2): pages are allocated on first touch',
  zeroPages:
    'tried on a page of the agent: mm/memory.c, do_anonymous_page, maps the zero page at a read, but some kernels are built to give it a frame; only the pages of a fresh image have one from the start',
  readPin: 'mm/gup.c: FAULT_FLAG_UNSHARE',
};
