// A kernel's last words: the same each time, and a function named only where the fault was the kernel's own.
import { expect, test } from 'vitest';
import type { Elf } from '../../../targets/xv6/elf.ts';
import { Functions, panicOf } from '../../../targets/xv6/panic.ts';

const symbol = (address: number, size: number): object => ({ address, size, kind: 'function' });
const functions = new Functions({
  symbols: new Map([
    ['walk', symbol(0x80001000, 0x80)],
    ['copyout', symbol(0x80002000, 0x100)],
    ['virtio_disk_intr', symbol(0x80005000, 0x60)],
  ]),
} as unknown as Elf);

test.each([
  ['scause 0xd\nsepc=0x0000000080002010 stval=0x0\npanic: kerneltrap', 'panic: kerneltrap in copyout'],
  ['sepc=0x0000000080002100\npanic: kerneltrap', 'panic: kerneltrap'],
  ['usertrap(): unexpected scause 0xc pid=9\n  sepc=0x0000004000000000\npanic: walk', 'panic: walk'],
  ['usertrap(): unexpected scause 0xc pid=9\n  sepc=0x0000000080002010\npanic: walk', 'panic: walk'],
  ['PANIC: freeing 0x87f21000\nHINT: a panic is no answer', 'PANIC: freeing #'],
])('%j', (console, words) => {
  expect(panicOf(console, functions)).toBe(words);
});
