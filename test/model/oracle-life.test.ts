// The judge of births, images and deaths: fork, vfork, exec, exit, kill.
import { describe } from 'vitest';
import * as is from '../../spec/reply.ts';
import {
  A,
  answer,
  type Answer,
  B,
  bytes,
  C,
  cases,
  FORK,
  forked,
  fresh,
  injected,
  killed,
  missing,
  noMemory,
  noProcesses,
  ok,
  outOfMemory,
  type Step,
  VFORK,
} from './judge.ts';

describe('fork', () => {
  cases(
    ['the name to the parent and 0 to the child', 'held', {}, FORK],
    ['the id of another process', 1, {}, ['fork A -> B', forked(C)]],
    ['the id of no process', 1, {}, ['fork A -> B', forked(-1)]],
    ['the id of the parent in the child', 1, {}, ['fork A -> B', forked(B, 1)]],
    ['ok', 22, {}, ['fork A -> B', ok]],
    ['absent, though the parent lives', 22, {}, ['fork A -> B', answer(is.ABSENT)]],
    ['refused, missing', 22, {}, ['fork A -> B', missing]],
    ['refused for memory with room for a copy', 28, { frames: 4 }, ['fork A -> B', noMemory]],
    ['refused for memory without', 'held', { frames: 3 }, ['fork A -> B', noMemory]],
    ['refused for memory by an injected failure', 'held', { frames: 100 }, ['fork A -> B', injected]],
    ['refused for memory, capacity not declared', 'held', { frames: -1 }, ['fork A -> B', noMemory]],
    [
      'a second refusal with room after an injected one',
      28,
      {},
      ['fork A -> B', injected],
      ['fork A -> B', noMemory],
    ],
    ['refused for processes with room', 24, {}, ['fork A -> B', noProcesses]],
    [
      'refused for processes at the limit of the target',
      'held',
      { processes: 1 },
      ['fork A -> B', noProcesses],
    ],
    ['refused for processes below that limit', 24, { processes: 3 }, FORK, ['fork A -> C', noProcesses]],
    [
      'a limit above that of the world',
      'held',
      { processes: 64 },
      FORK,
      ['fork A -> C', forked(C)],
      ['fork A -> D', forked(3)],
      ['fork A -> E', noProcesses],
    ],
    ['taken for a name in use', 'idle', {}, FORK, ['fork A -> B', answer(is.TAKEN)]],
    ['forked for a name in use', 24, {}, FORK, FORK],
    ['taken for a free name', 22, {}, ['fork A -> B', answer(is.TAKEN)]],
    ['absent for a parent who is', 'idle', {}, ['fork B -> C', answer(is.ABSENT)]],
    ['forked for a parent who is absent', 12, {}, ['fork B -> C', forked(C)]],
    ['clone is fork', 1, {}, ['clone A -> B', forked(C)]],
    ['clone is fork, refused with room', 28, { frames: 4 }, ['clone A -> B', noMemory]],
  );
});

describe('vfork', () => {
  cases(
    ['borrows and suspends', 'idle', {}, VFORK, ['read A data+0 length 2', answer(is.SUSPENDED)]],
    ['a suspended parent that answers', 18, {}, VFORK, ['read A data+0 length 2', fresh]],
    [
      'a parent that stays suspended after the end',
      11,
      {},
      VFORK,
      ['exit B status 0', ok],
      ['read A data+0 length 2', answer(is.SUSPENDED)],
    ],
    [
      'a parent that has the writes of its child',
      'held',
      {},
      VFORK,
      ['write B data+0 length 1 = 9', ok],
      ['exit B status 0', ok],
      ['read A data+0 length 2', bytes(9, 0x21)],
    ],
    [
      'a parent that lost them',
      18,
      {},
      VFORK,
      ['write B data+0 length 1 = 9', ok],
      ['exit B status 0', ok],
      ['read A data+0 length 2', fresh],
    ],
    ['needs no frame', 28, { frames: 2 }, ['vfork A -> B', noMemory]],
    ['needs frames where it copies', 'held', { frames: 3, vfork: 'copies' }, ['vfork A -> B', noMemory]],
    [
      'suspends nobody where it copies',
      'held',
      { vfork: 'copies' },
      VFORK,
      ['read A data+0 length 2', fresh],
    ],
    [
      'shares nothing where it copies',
      'held',
      { vfork: 'copies' },
      VFORK,
      ['write B data+0 length 1 = 9', ok],
      ['read A data+0 length 2', fresh],
    ],
    ['a wrong id', 1, {}, ['vfork A -> B', forked(A)]],
    [
      'a kill of the parent waits',
      'idle',
      {},
      VFORK,
      ['kill B A', ok],
      ['read A data+0 length 1', answer(is.SUSPENDED)],
    ],
    [
      'and then takes effect',
      'idle',
      {},
      VFORK,
      ['kill B A', ok],
      ['exit B status 0', ok],
      ['read A data+0 length 1', answer(is.ABSENT)],
    ],
  );
});

describe('exec', () => {
  const exec = (answered: Answer, op = 'exec A image 1 execve argument 5'): Step => [op, answered];
  cases(
    ['the image with argument and environment', 'held', {}, exec(answer(is.EXECUTED, 1, 5, 5))],
    ['another image', 16, {}, exec(answer(is.EXECUTED, 0, 5, 5))],
    ['another argument', 16, {}, exec(answer(is.EXECUTED, 1, 4, 5))],
    ['no environment from execve', 16, {}, exec(answer(is.EXECUTED, 1, 5, 0))],
    [
      'an environment from execv',
      16,
      {},
      exec(answer(is.EXECUTED, 1, 5, 5), 'exec A image 1 execv argument 5'),
    ],
    ['none from execv', 'held', {}, exec(answer(is.EXECUTED, 1, 5, 0), 'exec A image 1 execv argument 5')],
    ['ok', 16, {}, exec(ok)],
    ['refused, missing, for an image that exists', 16, {}, exec(missing)],
    ['refused for memory with room for old and new', 28, { frames: 4 }, exec(noMemory)],
    ['refused for memory without', 'held', { frames: 3 }, exec(noMemory)],
    [
      'refused for memory keeps the old image',
      'held',
      { frames: 3 },
      exec(noMemory),
      ['read A data+0 length 2', fresh],
    ],
    [
      'killed for memory without room',
      'idle',
      { frames: 3 },
      exec(outOfMemory),
      ['exit A status 0', answer(is.ABSENT)],
    ],
    ['killed for memory with room', 28, {}, exec(outOfMemory)],
    ['killed for its access', 16, { frames: 3 }, exec(killed)],
    ['a missing image refused', 'held', {}, exec(missing, 'exec A image 3 execv argument 5')],
    [
      'a missing image that runs',
      17,
      {},
      exec(answer(is.EXECUTED, 3, 5, 0), 'exec A image 3 execv argument 5'),
    ],
    ['a missing image refused for memory', 17, {}, exec(noMemory, 'exec A image 3 execv argument 5')],
    [
      'the new image is there',
      'held',
      {},
      exec(answer(is.EXECUTED, 1, 5, 5)),
      ['read A data+0 length 2', bytes(0x31, 0x32)],
    ],
    [
      'the old image is still there',
      1,
      {},
      exec(answer(is.EXECUTED, 1, 5, 5)),
      ['read A data+0 length 2', fresh],
    ],
  );
});

describe('exit, kill and failalloc', () => {
  cases(
    ['exit is ok', 'idle', {}, ['exit A status 0', ok]],
    ['exit cannot be refused', 24, {}, ['exit A status 0', noMemory]],
    ['kill is ok', 'idle', {}, FORK, ['kill A B', ok], ['read B data+0 length 1', answer(is.ABSENT)]],
    ['kill of a zombie is ok', 'idle', {}, FORK, ['exit B status 0', ok], ['kill A B', ok]],
    ['kill of nobody is absent', 'idle', {}, ['kill A B', answer(is.ABSENT)]],
    ['kill of nobody is not ok', 24, {}, ['kill A B', ok]],
    ['kill cannot be refused', 24, {}, FORK, ['kill A B', noMemory]],
    ['failalloc is ok', 'idle', {}, ['failalloc nth 1', ok]],
    ['failalloc cannot be refused', 24, {}, ['failalloc nth 1', noMemory]],
  );
});
