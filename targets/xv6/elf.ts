// Reads what cowcheck needs of an ELF file: its segments, its symbols, whether it has debug information.
import { RigError } from '../../spec/target.ts';
import { escaped } from '../wire/refusal.ts';

export type SymbolKind = 'object' | 'function' | 'other';

export interface ElfSymbol {
  readonly address: number;
  /** Bytes; 0 where the compiler or assembler gave none. */
  readonly size: number;
  readonly kind: SymbolKind;
}

/** A part of the file that is loaded into memory. */
export interface ElfSegment {
  readonly address: number;
  /** What the file holds of it. */
  readonly bytes: Uint8Array;
  /** Bytes in memory: what the file does not hold is zero. */
  readonly memory: number;
  /** Where `bytes` begin in the file. */
  readonly offset: number;
  readonly readable: boolean;
  readonly writable: boolean;
  readonly executable: boolean;
}

export interface Elf {
  readonly machine: 'riscv64';
  readonly entry: number;
  readonly segments: readonly ElfSegment[];
  /** By name; of several with one name a global one, else the first. */
  readonly symbols: ReadonlyMap<string, ElfSymbol>;
  readonly hasSymbols: boolean;
  readonly hasDwarf: boolean;
}

const RISCV = 243;
const LOAD = 1;
const SYMTAB = 2;
const HEADER = 64;
const MACHINES: Readonly<Record<number, string>> = {
  3: '32-bit x86',
  8: 'MIPS',
  20: 'PowerPC',
  21: '64-bit PowerPC',
  22: 'S390',
  40: '32-bit ARM',
  62: '64-bit x86 (x86-64)',
  183: '64-bit ARM (aarch64)',
  258: 'LoongArch',
};
const BUILD =
  'build it with the course’s Makefile (make kernel/kernel) and give that file: --kernel kernel/kernel';

/** Throws RigError for what is not a whole 64-bit little-endian RISC-V program; `path` is for the message. */
export function readElf(bytes: Uint8Array, path: string): Elf {
  const refuse = (code: string, what: string, remedy = BUILD): never => {
    throw new RigError(code, `${escaped(path)} ${what}; accepted is a 64-bit RISC-V ELF file`, remedy);
  };
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < 4 || view.getUint32(0) !== 0x7f454c46)
    refuse(
      'elf-not',
      bytes.length === 0
        ? 'is empty'
        : `is not an ELF file: it begins with "${escaped(bytes.subarray(0, 16))}"`,
    );
  const truncated = (): never =>
    refuse('elf-truncated', `is cut short: it has ${bytes.length} bytes and refers to more`);
  if (bytes.length < 20) truncated();
  const little = bytes[5] === 1;
  const machine = view.getUint16(18, little);
  const named = MACHINES[machine] ?? `machine number ${machine}`;
  if (machine !== RISCV) refuse('elf-machine', `is for ${named}, not for RISC-V`);
  if (bytes[4] !== 2) refuse('elf-32-bit', 'is for 32-bit RISC-V');
  if (!little) refuse('elf-machine', 'is for big-endian RISC-V');
  if (bytes.length < HEADER) truncated();
  const u64 = (at: number): number => Number(view.getBigUint64(at, true));
  const span = (offset: number, size: number): Uint8Array =>
    offset + size <= bytes.length ? bytes.subarray(offset, offset + size) : truncated();
  const rows = (offset: number, size: number, count: number): readonly number[] => {
    if (count > 0) span(offset, size * count);
    return Array.from({ length: count }, (_, i) => offset + i * size);
  };

  const segments = rows(u64(32), view.getUint16(54, true), view.getUint16(56, true))
    .filter(at => view.getUint32(at, true) === LOAD)
    .map((at): ElfSegment => {
      const flags = view.getUint32(at + 4, true);
      const offset = u64(at + 8);
      return {
        address: u64(at + 16),
        bytes: span(offset, u64(at + 32)),
        memory: u64(at + 40),
        offset,
        readable: (flags & 4) !== 0,
        writable: (flags & 2) !== 0,
        executable: (flags & 1) !== 0,
      };
    });
  if (segments.length === 0)
    refuse('elf-not-program', 'has nothing to load: it is an object file, not a program');

  const sections = rows(u64(40), view.getUint16(58, true), view.getUint16(60, true)).map(at => ({
    name: view.getUint32(at, true),
    type: view.getUint32(at + 4, true),
    offset: u64(at + 24),
    size: u64(at + 32),
    link: view.getUint32(at + 40, true),
  }));
  const textAt = (table: Uint8Array, at: number): string => {
    const end = table.indexOf(0, at);
    return Buffer.from(table.subarray(at, end < 0 ? table.length : end)).toString('latin1');
  };
  const bodyOf = (index: number): Uint8Array => {
    const section = sections[index];
    return section === undefined ? new Uint8Array() : span(section.offset, section.size);
  };
  const names = bodyOf(view.getUint16(62, true));
  const symbols = new Map<string, ElfSymbol>();
  const globals = new Set<string>();
  for (const table of sections.filter(({ type }) => type === SYMTAB)) {
    const texts = bodyOf(table.link);
    for (const at of rows(table.offset, 24, Math.floor(table.size / 24))) {
      const info = view.getUint8(at + 4);
      const section = view.getUint16(at + 6, true);
      const type = info & 15;
      const name = textAt(texts, view.getUint32(at, true));
      const global = info >> 4 !== 0;
      // Neither undefined ones, nor names of sections and files.
      if (name === '' || section === 0 || type === 3 || type === 4) continue;
      if (symbols.has(name) && (!global || globals.has(name))) continue;
      if (global) globals.add(name);
      symbols.set(name, {
        address: u64(at + 8),
        size: u64(at + 16),
        kind: type === 1 ? 'object' : type === 2 ? 'function' : 'other',
      });
    }
  }
  return {
    machine: 'riscv64',
    entry: u64(24),
    segments,
    symbols,
    hasSymbols: symbols.size > 0,
    hasDwarf: sections.some(({ name, size }) => size > 0 && /^\.z?debug_info$/.test(textAt(names, name))),
  };
}
