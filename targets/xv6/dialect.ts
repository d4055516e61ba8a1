// Where each entry of a Sv39 teaching kernel's dialect comes from; the entries themselves are in the bridge's greeting.
import type { DialectSources } from '../../spec/dialect.ts';

export const XV6_SOURCES: DialectSources = {
  textWritable:
    'read from the code of exec: bases from 2022 map text without PTE_W; on others the worlds have no text',
  refusedAccess: 'trap.c: a fault that is not understood kills the process',
  lastOwner: 'the copy-on-write lab does not ask for reuse by the last owner',
  releaseAt: 'proc.c: freeproc is called by wait',
  vfork: 'there is none',
  partialKernelWrite: 'vm.c: copyout goes page by page, and what it wrote before a bad page stays',
  kernelWritesText: 'vm.c: until 2023 copyout asks for PTE_V and PTE_U only',
  statusWord: 'proc.c: wait copies xstate out as it is; a killed process has -1',
  waitFault: 'proc.c: wait returns -1 before freeproc where copyout fails',
  partialProtect: 'there is no mprotect',
  partialAdvice: 'there is no madvise',
  privateFile: 'there is no mmap',
  sbrkLazy: 'read from the code of sys_sbrk: bases from 2025 can grow without allocating',
  zeroPages: 'as sbrkLazy: the pages of a fresh image have frames of their own',
  readPin: 'there are no pins',
};
