// The judge of loads and stores, by the user and by the kernel.
import { describe } from 'vitest';
import * as is from '../../spec/reply.ts';
import { INJECTED } from '../../spec/transcript.ts';
import {
  FORK,
  answer,
  bytes,
  cases,
  fault,
  forked,
  fresh,
  injected,
  killed,
  noMemory,
  noProcesses,
  ok,
  outOfMemory,
  type Answer,
  type Step,
} from './judge.ts';

describe('read', () => {
  const read = (answered: Answer, where = 'data+0'): Step => [`read A ${where} length 2`, answered];
  cases(
    ['the bytes', 'held', {}, read(fresh)],
    ['other bytes', 1, {}, read(bytes(0x20, 0x22))],
    ['too few bytes', 2, {}, read(bytes(0x20))],
    ['too many bytes', 2, {}, read(bytes(0x20, 0x21, 0x22))],
    ['a digest for a short read', 11, {}, read(answer(is.DIGEST, 1))],
    ['ok', 11, {}, read(ok)],
    ['killed for a readable page', 11, { frames: -1 }, read(killed)],
    ['killed for memory with room', 28, {}, read(outOfMemory)],
    ['killed for memory without', 'held', { frames: 1 }, read(outOfMemory)],
    ['text', 'held', {}, read(bytes(1, 2), 'text+0')],
    ['a hole: killed', 'held', {}, read(killed, 'bss+0')],
    ['a hole: the bytes', 12, {}, read(bytes(0, 0), 'bss+0')],
    ['outside: killed', 'idle', {}, read(killed, 'max'), ['exit A status 0', answer(is.ABSENT)]],
    ['outside: killed for memory', 12, { frames: 1 }, read(outOfMemory, 'max')],
    ['outside: signalled, where that kills', 12, {}, read(answer(is.SIGNALLED), 'max')],
    [
      'outside: signalled, where it signals',
      'held',
      { refusedAccess: 'signalled' },
      read(answer(is.SIGNALLED), 'max'),
      read(fresh),
    ],
    ['outside: killed, where it signals', 12, { refusedAccess: 'signalled' }, read(killed, 'max')],
    [
      'outside: signalled, where it may',
      'held',
      { refusedAccess: 'either' },
      read(answer(is.SIGNALLED), 'max'),
    ],
    ['outside: killed, where it may', 'held', { refusedAccess: 'either' }, read(killed, 'max')],
    ['outside: fault', 12, {}, read(fault(), 'max')],
  );
});

describe('write', () => {
  const write = (answered: Answer, where = 'data+0'): Step => [`write A ${where} length 1 = 9`, answered];
  cases(
    ['ok', 'held', {}, write(ok), ['read A data+0 length 2', bytes(9, 0x21)]],
    ['a write that is lost', 2, {}, write(ok), ['read A data+0 length 2', fresh]],
    ['a write that shows in a relative', 2, {}, FORK, write(ok), ['read B data+0 length 2', bytes(9, 0x21)]],
    ['refused', 11, {}, write(noMemory)],
    ['killed for a writable page', 11, { frames: -1 }, write(killed)],
    ['killed for memory with room', 28, { frames: 4 }, FORK, write(outOfMemory)],
    ['killed for memory without', 'held', { frames: 3 }, FORK, write(outOfMemory)],
    [
      'killed for memory by an injected failure',
      'held',
      {},
      write(answer(is.KILLED, is.FOR_MEMORY, 0, 0, INJECTED)),
    ],
    [
      'killed for memory, capacity not declared',
      'idle',
      { frames: -1 },
      write(outOfMemory),
      ['exit A status 0', answer(is.ABSENT)],
    ],
    ['text: ok', 12, {}, write(ok, 'text+0')],
    ['text: killed', 'held', {}, write(killed, 'text+0')],
    [
      'text that may be written: ok',
      'held',
      { textWritable: true },
      write(ok, 'text+0'),
      ['read A text+0 length 2', bytes(9, 2)],
    ],
    ['text that may be written: killed', 'held', { textWritable: true }, write(killed, 'text+0')],
    ['a hole is no text', 12, { textWritable: true }, write(ok, 'bss+0')],
    ['outside: ok', 12, {}, write(ok, 'beyond')],
  );
});

describe('kread', () => {
  const kread = (answered: Answer, where = 'data+7'): Step => [`kread A ${where} length 2`, answered];
  cases(
    ['the bytes over two pages', 'held', {}, kread(bytes(0x27, 0x3f))],
    ['other bytes', 14, {}, kread(bytes(0x27, 0x40))],
    ['what a relative wrote', 13, {}, FORK, ['kwrite B data+8 length 1 = 9', ok], kread(bytes(0x27, 9))],
    ['ok', 13, {}, kread(ok)],
    ['fault over good pages', 13, {}, kread(fault())],
    ['fault over a bad page', 'held', {}, kread(fault(), 'data+15')],
    ['bytes over a bad page', 13, {}, kread(bytes(0x46, 0), 'data+15')],
    ['killed over a bad page', 13, {}, kread(killed, 'max')],
    ['refused for memory with room', 28, {}, kread(noMemory)],
    ['refused for memory without', 'held', { frames: 1 }, kread(noMemory)],
    ['refused for processes', 13, { frames: -1 }, kread(noProcesses)],
    [
      'killed for memory without room',
      'idle',
      { frames: 1 },
      kread(outOfMemory),
      ['exit A status 0', answer(is.ABSENT)],
    ],
    ['killed for its access', 13, { frames: -1 }, kread(killed)],
  );
});

describe('kwrite', () => {
  const kwrite = (answered: Answer, where = 'data+6'): Step => [
    `kwrite A ${where} length 4 = 67305985`,
    answered,
  ];
  const standing = (count: number, kind = is.REFUSED): Answer =>
    answer(kind, is.FOR_MEMORY, count, 0, INJECTED);
  const readBack = (...found: number[]): Step => ['kread A data+6 length 4', bytes(...found)];
  cases(
    ['ok over two pages', 'held', {}, kwrite(ok), readBack(1, 2, 3, 4)],
    ['a write that stops at the end of a page', 14, {}, kwrite(ok), readBack(1, 2, 0x3f, 0x40)],
    ['ok over a bad page', 13, {}, kwrite(ok, 'data+14')],
    ['fault over good pages', 13, {}, kwrite(fault(2))],
    ['fault over a bad page', 'held', {}, kwrite(fault(2), 'data+14')],
    ['a prefix stands', 'held', {}, kwrite(fault(2), 'data+14'), ['read A data+14 length 2', bytes(1, 2)]],
    [
      'no prefix stands',
      'held',
      {},
      kwrite(fault(0), 'data+14'),
      ['read A data+14 length 2', bytes(0x45, 0x46)],
    ],
    [
      'a prefix that was not owned to',
      13,
      {},
      kwrite(fault(0), 'data+14'),
      ['read A data+14 length 2', bytes(1, 2)],
    ],
    ['more stands than may', 13, {}, kwrite(fault(3), 'data+14')],
    ['a prefix where nothing may stand', 13, { partialKernelWrite: 'nothing' }, kwrite(fault(2), 'data+14')],
    [
      'nothing where nothing may stand',
      'held',
      { partialKernelWrite: 'nothing' },
      kwrite(fault(0), 'data+14'),
    ],
    ['refused for memory with room', 28, {}, kwrite(noMemory)],
    [
      'refused for memory by an injected failure',
      'held',
      {},
      kwrite(standing(2)),
      readBack(1, 2, 0x3f, 0x40),
    ],
    ['more stands than was asked for', 13, {}, kwrite(standing(5))],
    ['refused for processes', 13, { frames: -1 }, kwrite(noProcesses)],
    [
      'killed for memory without room',
      'idle',
      { frames: 1 },
      kwrite(outOfMemory),
      ['exit A status 0', answer(is.ABSENT)],
    ],
    ['killed for its access', 13, { frames: -1 }, kwrite(killed)],
    ['killed over a bad page', 13, { frames: -1 }, kwrite(killed, 'max')],
  );
});

describe('the rule that counts as kept', () => {
  cases(
    ['fork', 'kept 1', {}, FORK],
    ['vfork', 'kept 18', {}, ['vfork A -> B', forked(1)]],
    ['a refused fork', 'kept 22', {}, ['fork A -> B', injected]],
    ['exec', 'kept 16', {}, ['exec A image 1 execv argument 5', answer(is.EXECUTED, 1, 5, 0)]],
    ['a failed exec', 'kept 17', {}, ['exec A image 9 execv argument 5', answer(is.REFUSED, is.FOR_MISSING)]],
    ['wait', 'kept 15', {}, FORK, ['exit B status 7', ok], ['wait A', answer(is.REAPED, 1, 7)]],
    ['read', 'kept 2', {}, ['read A data+0 length 2', fresh]],
    ['write', 'kept 11', {}, ['write A data+0 length 1 = 9', ok]],
    ['a refused access', 'kept 12', {}, ['write A max length 1 = 9', killed]],
    ['kread', 'kept 14', {}, ['kread A data+0 length 2', fresh]],
    ['a refused kread', 'kept 13', {}, ['kread A max length 2', fault()]],
    ['kwrite', 'kept 13', {}, ['kwrite A data+0 length 2 = 9', ok]],
    ['a death for want of memory', 'kept 23', { frames: 1 }, ['write A data+0 length 1 = 9', outOfMemory]],
  );
});
