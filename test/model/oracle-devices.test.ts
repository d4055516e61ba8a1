// The judge of pins, of what devices read, of lazily freed pages and of what a kernel does on its own.
import { describe } from 'vitest';
import * as is from '../../spec/reply.ts';
import {
  answer,
  bytes,
  cases,
  fault,
  FORK,
  forked,
  fresh,
  injected,
  killed,
  noMemory,
  ok,
  type Step,
} from './judge.ts';

const range = answer(is.REFUSED, is.FOR_RANGE);
const absent = answer(is.ABSENT);
const taken = answer(is.TAKEN);
const PIN: Step = ['pin A data+0 read -> pin1', ok];
const WRITE_PIN: Step = ['pin A data+0 write -> pin1', ok];
const write = (by: string, value: number): Step => [`write ${by} data+0 length 1 = ${value}`, ok];
const dma = (answered: Step[1]): Step => ['dma pin1 offset 0 length 2 = 9', answered];
const FREED: Step = ['madvise A data+0 pages 1 free', ok];
const read = (answered: Step[1]): Step => ['read A data+0 length 2', answered];

describe('pin', () => {
  cases(
    ['of a page that can be read', 'idle', {}, PIN],
    ['under a handle in use', 'idle', {}, PIN, ['pin A data+8 read -> pin1', taken]],
    ['under a handle in use: ok', 34, {}, PIN, ['pin A data+8 read -> pin1', ok]],
    ['of a hole: fault', 'idle', {}, ['pin A bss+0 read -> pin1', fault()]],
    ['of a hole: ok', 12, {}, ['pin A bss+0 read -> pin1', ok]],
    ['of text for stores: ok', 12, {}, ['pin A text+0 write -> pin1', ok]],
    ['refused with room', 28, {}, ['pin A data+0 read -> pin1', noMemory]],
    ['refused with room, but an allocation failed', 'held', {}, ['pin A data+0 read -> pin1', injected]],
    ['refused without room', 'held', { frames: 1 }, ['pin A data+0 read -> pin1', noMemory]],
    [
      'of text refused, for it takes one frame more',
      'held',
      { frames: 2 },
      ['pin A text+0 read -> pin1', noMemory],
    ],
    ['refused for its address', 33, {}, ['pin A data+0 read -> pin1', fault()]],
    ['given back', 'idle', {}, PIN, ['unpin pin1', ok]],
    ['given back twice', 'idle', {}, PIN, ['unpin pin1', ok], ['unpin pin1', absent]],
    ['given back twice: ok', 34, {}, PIN, ['unpin pin1', ok], ['unpin pin1', ok]],
  );
});

describe('a device', () => {
  cases(
    ['reads what the page held', 'held', {}, PIN, dma(fresh)],
    ['reads what its process stored since', 'held', {}, PIN, write('A', 9), dma(bytes(9, 0x21))],
    ['misses what its process stored since', 30, {}, PIN, write('A', 9), dma(fresh)],
    ['reads what another stored', 31, {}, FORK, PIN, write('B', 9), dma(bytes(9, 0x21))],
    ['does not read what another stored', 'held', {}, FORK, PIN, write('B', 9), dma(fresh)],
    ['may fall behind where pins share', 'idle', { readPin: 'shares' }, PIN, write('A', 9), dma(fresh)],
    ['reads on when its process is gone', 'held', {}, FORK, PIN, ['exit A status 0', ok], dma(fresh)],
    [
      'reads on when the page is discarded',
      'held',
      {},
      PIN,
      ['madvise A data+0 pages 1 dontneed', ok],
      dma(fresh),
    ],
    ['reads the discarded page', 30, {}, PIN, ['madvise A data+0 pages 1 dontneed', ok], dma(bytes(0, 0))],
    ['reads too little', 34, {}, PIN, dma(bytes(0x20))],
    ['stores', 'held', {}, WRITE_PIN, dma(ok), read(bytes(9, 0))],
    ['stores, and its process misses it', 1, {}, WRITE_PIN, dma(ok), read(fresh)],
    ['stores after its page was moved by fork', 'held', {}, WRITE_PIN, FORK, dma(ok), read(bytes(9, 0))],
    [
      'stores, and the child reads what was before',
      'held',
      {},
      WRITE_PIN,
      FORK,
      dma(ok),
      ['read B data+0 length 2', fresh],
    ],
    ['stores where it may not', 34, {}, PIN, dma(ok)],
    ['without a pin', 'idle', {}, dma(absent)],
    ['without a pin: ok', 34, {}, dma(ok)],
    ['leaves its page', 'idle', {}, PIN, ['dma pin1 offset 7 length 2 = 0', range]],
    ['leaves its page: ok', 34, {}, WRITE_PIN, ['dma pin1 offset 7 length 2 = 0', ok]],
  );
});

describe('a page freed lazily', () => {
  const zeros = bytes(0, 0);
  cases(
    ['reads as before', 'held', {}, FREED, read(fresh)],
    ['reads zero', 'held', {}, FREED, read(zeros)],
    ['reads zero, and then as before', 20, {}, FREED, read(zeros), read(fresh)],
    ['reads as before, and then zero', 'held', {}, FREED, read(fresh), read(zeros)],
    ['reads something else', 20, {}, FREED, read(bytes(0x20, 0))],
    ['was stored to: the old rest', 'held', {}, FREED, write('A', 9), read(bytes(9, 0x21))],
    ['was stored to: the rest zero', 'held', {}, FREED, write('A', 9), read(bytes(9, 0))],
    [
      'was stored to: one rest, then the other',
      20,
      {},
      FREED,
      write('A', 9),
      read(bytes(9, 0)),
      read(bytes(9, 0x21)),
    ],
    ['was stored to and lost', 20, {}, FREED, write('A', 9), read(zeros)],
    ['is inherited', 'held', {}, FREED, FORK, ['read B data+0 length 2', zeros], read(fresh)],
    [
      'may be any of it when freed, stored to, and freed',
      'held',
      {},
      FREED,
      write('A', 9),
      FREED,
      read(zeros),
    ],
    ['that is shared is refused', 20, {}, ['madvise A text+0 pages 1 free', ok]],
  );
});

describe('advice about fork', () => {
  const hide: Step = ['madvise A data+0 pages 1 dontfork', ok];
  const wipe: Step = ['madvise A data+0 pages 1 wipeonfork', ok];
  cases(
    ['a hidden page is not there', 'held', {}, hide, FORK, ['read B data+0 length 2', killed]],
    ['a hidden page is there', 12, {}, hide, FORK, ['read B data+0 length 2', fresh]],
    [
      'a page shown again is there',
      'held',
      {},
      hide,
      ['madvise A data+0 pages 1 dofork', ok],
      FORK,
      ['read B data+0 length 2', fresh],
    ],
    ['a fork needs no room for hidden pages', 28, { frames: 3 }, hide, ['fork A -> B', noMemory]],
    ['a fork needs room for the others', 'held', { frames: 3 }, ['fork A -> B', noMemory]],
    ['a wiped page reads zero', 'held', {}, wipe, FORK, ['read B data+0 length 2', bytes(0, 0)]],
    ['a wiped page reads as before', 1, {}, wipe, FORK, ['read B data+0 length 2', fresh]],
    [
      'a grandchild is wiped too',
      'held',
      {},
      wipe,
      FORK,
      write('B', 9),
      ['fork B -> C', forked(2)],
      ['read C data+0 length 2', bytes(0, 0)],
    ],
    [
      'a new image has no marks',
      'held',
      {},
      hide,
      ['exec A image 0 execv argument 1', answer(is.EXECUTED, 0, 1)],
      FORK,
      ['read B data+0 length 2', fresh],
    ],
  );
});

describe('what a kernel does on its own', () => {
  for (const name of ['swapout', 'swapin', 'merge', 'unmerge', 'split', 'collapse'])
    cases(
      [`${name}: taken or not`, 'idle', {}, [`${name} A data+0`, ok]],
      [`${name} of a hole`, 'idle', {}, [`${name} A bss+0`, range]],
      [`${name} of a hole: ok`, 35, {}, [`${name} A bss+0`, ok]],
      [`${name} refused`, 35, {}, [`${name} A data+0`, range]],
      [`${name} refused for memory with room`, 28, {}, [`${name} A data+0`, noMemory]],
      [`${name} refused for memory without`, 'held', { frames: 1 }, [`${name} A data+0`, noMemory]],
    );
  cases(
    ['mremap where there is no room for it', 'held', {}, ['mremap A data+0 pages 1 to bss+0', range]],
    ['mremap where there is no room for it: ok', 6, {}, ['mremap A data+0 pages 1 to bss+0', ok]],
    [
      'a kernel read that runs out of memory before a bad page',
      'held',
      { frames: 1 },
      ['kread A data+15 length 2', noMemory],
    ],
  );
});
