// The dialect of the built-in COW model: a small teaching kernel.
import type { Dialect, DialectSources } from '../../spec/dialect.ts';

export const MODEL_DIALECT: Dialect = {
  textWritable: false,
  refusedAccess: 'killed',
  lastOwner: 'reuses',
  releaseAt: 'exit',
  vfork: 'borrows',
  partialKernelWrite: 'prefix',
  kernelWritesText: false,
  statusWord: 'plain',
  waitFault: 'keeps',
  partialProtect: 'nothing',
  partialAdvice: 'nothing',
  privateFile: 'follows',
  sbrkLazy: true,
  zeroPages: 'on-touch',
  readPin: 'unshares',
};

export const MODEL_SOURCES: DialectSources = {
  textWritable: 'model/cow/spaces.ts: text has no write permission',
  refusedAccess: 'as xv6: usertrap kills the process',
  lastOwner: 'rule 27, the bound "none"',
  releaseAt: 'model/cow/machine.ts: end detaches the space',
  vfork: 'vfork(2)',
  partialKernelWrite: 'as xv6: copyout works page by page',
  kernelWritesText: 'model/cow/faults.ts: a kernel write asks for write permission',
  statusWord: 'as xv6: wait stores the plain status',
  waitFault: 'as xv6: wait fails before it frees the child',
  partialProtect: 'model/cow/mappings.ts: the range is checked first',
  partialAdvice: 'model/cow/mappings.ts: the range is checked first',
  privateFile: 'as Linux: pages come from the page cache',
  sbrkLazy: 'model/cow/mappings.ts: pages come on first touch',
  zeroPages: 'model/cow/spaces.ts: bss, heap and mappings come on first touch',
  readPin: 'rule 33',
};
