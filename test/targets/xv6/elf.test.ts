// What is read of an ELF file, and how every file that is not a kernel is refused.
import { describe, expect, test } from 'vitest';
import { RigError } from '../../../spec/target.ts';
import { readElf } from '../../../targets/xv6/elf.ts';
import { asm, BASE, elfOf } from './made.ts';

function refusal(bytes: Uint8Array, path = 'kernel/kernel'): string {
  try {
    readElf(bytes, path);
  } catch (cause) {
    if (!(cause instanceof RigError)) throw cause;
    expect(cause.remedy).toContain('--kernel kernel/kernel');
    return `${cause.code}: ${cause.message}`;
  }
  return 'accepted';
}

const WHOLE = elfOf({ words: [asm.ret(), asm.ret()], symbols: { kfree: [4, 4], proc: [8, 16] } });

describe('a kernel', () => {
  test('with symbols', () => {
    const elf = readElf(WHOLE, 'kernel');
    expect(elf.machine).toBe('riscv64');
    expect(elf.entry).toBe(BASE);
    expect(elf.segments.map(({ address, memory, executable }) => ({ address, memory, executable }))).toEqual([
      { address: BASE, memory: 8, executable: true },
    ]);
    expect([...elf.symbols]).toEqual([
      ['kfree', { address: BASE + 4, size: 4, kind: 'function' }],
      ['proc', { address: BASE + 8, size: 16, kind: 'function' }],
    ]);
    expect([elf.hasSymbols, elf.hasDwarf]).toEqual([true, false]);
  });

  test('that is stripped is one without symbols', () => {
    const elf = readElf(elfOf({}), 'kernel');
    expect([elf.hasSymbols, elf.symbols.size]).toEqual([false, 0]);
  });

  test('with debug information', () => {
    expect(readElf(elfOf({ sections: ['.debug_info'] }), 'kernel').hasDwarf).toBe(true);
    expect(readElf(elfOf({ sections: ['.debug_infox'] }), 'kernel').hasDwarf).toBe(false);
  });
});

describe('refused', () => {
  test('what is not an ELF file', () => {
    expect(refusal(Buffer.from('<b>#!/bin/sh\u001b[2J\n'))).toMatchInlineSnapshot(
      `"elf-not: kernel/kernel is not an ELF file: it begins with "<b>#!/bin/sh\\x1b[2J"; accepted is a 64-bit RISC-V ELF file"`,
    );
    expect(refusal(Buffer.alloc(0))).toMatchInlineSnapshot(
      `"elf-not: kernel/kernel is empty; accepted is a 64-bit RISC-V ELF file"`,
    );
    expect(refusal(Buffer.from('x'), '\u001b[31mred')).toMatchInlineSnapshot(
      `"elf-not: \\x1b[31mred is not an ELF file: it begins with "x"; accepted is a 64-bit RISC-V ELF file"`,
    );
  });

  test('another machine, by its name', () => {
    expect(refusal(elfOf({ machine: 62 }))).toMatchInlineSnapshot(
      `"elf-machine: kernel/kernel is for 64-bit x86 (x86-64), not for RISC-V; accepted is a 64-bit RISC-V ELF file"`,
    );
    expect(refusal(elfOf({ machine: 3, bits: 32 }))).toMatchInlineSnapshot(
      `"elf-machine: kernel/kernel is for 32-bit x86, not for RISC-V; accepted is a 64-bit RISC-V ELF file"`,
    );
    expect(refusal(elfOf({ machine: 4711 }))).toMatchInlineSnapshot(
      `"elf-machine: kernel/kernel is for machine number 4711, not for RISC-V; accepted is a 64-bit RISC-V ELF file"`,
    );
    expect(refusal(elfOf({ bits: 32 }))).toMatchInlineSnapshot(
      `"elf-32-bit: kernel/kernel is for 32-bit RISC-V; accepted is a 64-bit RISC-V ELF file"`,
    );
  });

  test('an object file', () => {
    const object = elfOf({});
    object.writeUInt16LE(0, 56);
    expect(refusal(object)).toMatchInlineSnapshot(
      `"elf-not-program: kernel/kernel has nothing to load: it is an object file, not a program; accepted is a 64-bit RISC-V ELF file"`,
    );
  });

  test('every file that is cut short, whatever is missing', () => {
    const said = new Set<string>();
    for (let length = 4; length < WHOLE.length; length++)
      said.add(refusal(WHOLE.subarray(0, length)).split(':')[0] ?? '');
    expect([...said]).toEqual(['elf-truncated']);
  });

  test('or damaged, with an error of its own and no other', () => {
    for (let at = 4; at < WHOLE.length; at++)
      for (const value of [0, 1, 0x7f, 0xff]) {
        const damaged = Buffer.from(WHOLE);
        damaged[at] = value;
        refusal(damaged);
      }
  });
});
