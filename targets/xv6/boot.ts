// How a kernel must be started and what its base is like, read from its code: never found by trying.
import type { Elf } from './elf.ts';
import { type Step, walk } from './riscv.ts';

export interface Fact {
  /** undefined: it cannot be told. */
  readonly value: boolean | undefined;
  /** What in the kernel says so: a clause whose subject is the kernel, such as "writes pmpaddr0 at 0x80000044". */
  readonly evidence: string;
}

export interface BootFacts {
  /** It programs pmpaddr0, so the processor must have physical memory protection; else it must not. */
  readonly pmp: Fact;
  /** Its disk driver is for virtio version 2; else for the legacy interface. */
  readonly modernVirtio: Fact;
  /** Text and read-only data of a process are mapped without PTE_W: bases from 2022. */
  readonly textProtected: Fact;
  /** sbrk only moves the size, always or when its second argument asks for it: bases from 2025. */
  readonly lazySbrk: Fact;
  /** copyout itself looks at PTE_W: bases from 2023, and many copy-on-write solutions. */
  readonly copyoutChecksWrite: Fact;
  /** The years of the base: `2019–2020`, `2021`, `2022–2023`, `2024`, `2025`, or `unknown`. */
  readonly base: string;
}

const MMIO = 0x1000_0000;
const VERSION = 0x004;
/** Registers that only the legacy interface has: guest page size, queue alignment, queue page number. */
const LEGACY = [0x028, 0x03c, 0x040];
/** Registers that only version 2 has: where the three parts of a queue are, low and high halves. */
const MODERN = [0x080, 0x084, 0x090, 0x094, 0x0a0, 0x0a4];
const PTE_W = 4;
/** PTE_W | PTE_X | PTE_R | PTE_U. */
const ALL = 0x1e;
/** PTE_R | PTE_U. */
const READ = 0x12;

/** Facts of what can be told without running it. A kernel without symbols still has `pmp` and `modernVirtio`. */
export function bootFacts(elf: Elf): BootFacts {
  const pmp = programsPmp(elf);
  const modernVirtio = virtio(elf);
  const textProtected = protectsText(elf);
  const lazySbrk = lazy(elf);
  return {
    pmp,
    modernVirtio,
    textProtected,
    lazySbrk,
    copyoutChecksWrite: checksWrite(elf),
    base: baseOf(elf, pmp, modernVirtio, lazySbrk),
  };
}

const hex = (address: number): string => `0x${address.toString(16)}`;
const UNKNOWN_NAMES = 'has no symbols to tell by';

/** The function's code, or undefined. A size that is not in the symbol is taken up to the next function. */
function codeOf(elf: Elf, name: string): readonly Step[] | undefined {
  const symbol = elf.symbols.get(name);
  if (symbol === undefined) return undefined;
  const { address } = symbol;
  const segment = elf.segments.find(s => address >= s.address && address < s.address + s.bytes.length);
  if (segment === undefined) return undefined;
  const end =
    symbol.size > 0
      ? address + symbol.size
      : Math.min(address + 4096, ...[...elf.symbols.values()].map(s => s.address).filter(a => a > address));
  const from = address - segment.address;
  return [...walk(segment.bytes.subarray(from, end - segment.address), address)];
}

function programsPmp(elf: Elf): Fact {
  for (const { bytes, address } of elf.segments.filter(s => s.executable)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.length; at += 2)
      if ((view.getUint32(at, true) & 0xfff0_707f) === 0x3b00_1073)
        return { value: true, evidence: `writes pmpaddr0 at ${hex(address + at)}` };
  }
  return { value: false, evidence: 'never writes pmpaddr0' };
}

/** The register of a virtio device that a load or store of 4 bytes is for, if it is for one. */
function deviceRegister(step: Step): number | undefined {
  const { instruction: i } = step;
  if ((i.name !== 'load' && i.name !== 'store') || i.width !== 4) return undefined;
  const base = step.known(i.rs1);
  if (base === undefined) return undefined;
  const at = base.value + i.imm;
  return at >= MMIO && at < MMIO + 0x9000 && (base.plus || at >= MMIO + 0x1000) ? at & 0xfff : undefined;
}

function virtio(elf: Elf): Fact {
  let legacy: number | undefined;
  let modern: number | undefined;
  const compared = new Map<number, number>();
  for (const { bytes, address } of elf.segments.filter(s => s.executable)) {
    const versions = new Set<number>();
    for (const step of walk(bytes, address)) {
      const { instruction: i } = step;
      const register = deviceRegister(step);
      if (i.name === 'load' && register === VERSION) versions.add(i.address);
      if (i.name === 'store' && register !== undefined) {
        if (LEGACY.includes(register)) legacy ??= i.address;
        if (MODERN.includes(register)) modern ??= i.address;
      }
      if (i.name !== 'branch') continue;
      for (const [one, other] of [
        [i.rs1, i.rs2],
        [i.rs2, i.rs1],
      ] as const) {
        const from = step.source(one);
        const with_ = step.known(other);
        if (from !== undefined && versions.has(from.address) && with_ !== undefined && !with_.plus)
          compared.set(with_.value, i.address);
      }
    }
  }
  const one = compared.get(1);
  const two = compared.get(2);
  if (two !== undefined && (one === undefined || modern !== undefined))
    return { value: true, evidence: `wants virtio version 2 (compares with it at ${hex(two)})` };
  if (one !== undefined)
    return { value: false, evidence: `wants virtio version 1, legacy (compares with it at ${hex(one)})` };
  if (modern !== undefined && legacy === undefined)
    return { value: true, evidence: `sets up a virtio version 2 queue at ${hex(modern)}` };
  if (legacy !== undefined && modern === undefined)
    return { value: false, evidence: `sets up a legacy virtio queue at ${hex(legacy)}` };
  return { value: undefined, evidence: 'shows no virtio disk driver (taken for version 2)' };
}

function protectsText(elf: Elf): Fact {
  if (!elf.hasSymbols) return { value: undefined, evidence: UNKNOWN_NAMES };
  if (elf.symbols.has('flags2perm'))
    return { value: true, evidence: 'maps segments with the permissions of the program file (flags2perm)' };
  const code = codeOf(elf, 'uvmalloc');
  const all = code?.find(({ instruction: i }) => i.name === 'addi' && i.rs1 === 0 && i.imm === ALL);
  if (all !== undefined)
    return {
      value: false,
      evidence: `maps all pages of a process writable (uvmalloc at ${hex(all.instruction.address)})`,
    };
  const some = code?.find(({ instruction: i }) => i.name === 'ori' && i.imm === READ);
  if (some !== undefined)
    return {
      value: true,
      evidence: `maps pages with the permissions asked for (uvmalloc at ${hex(some.instruction.address)})`,
    };
  return { value: undefined, evidence: 'has no uvmalloc that says how text is mapped' };
}

function lazy(elf: Elf): Fact {
  const code = codeOf(elf, 'sys_sbrk');
  if (code === undefined)
    return { value: undefined, evidence: elf.hasSymbols ? 'has no sys_sbrk' : UNKNOWN_NAMES };
  const called = callsOf(elf, code);
  const times = called.filter(name => name === 'argint' || name === 'argaddr').length;
  if (times > 1) return { value: true, evidence: 'lets sbrk be lazy (sys_sbrk reads a second argument)' };
  if (elf.symbols.has('growproc') && !called.includes('growproc'))
    return { value: true, evidence: 'has a lazy sbrk (sys_sbrk never calls growproc)' };
  return { value: false, evidence: 'allocates in sbrk (sys_sbrk reads one argument and calls growproc)' };
}

/** Names of the functions it calls, once for every call. */
function callsOf(elf: Elf, code: readonly Step[]): readonly string[] {
  const names = new Map<number, string>();
  for (const [name, { address }] of elf.symbols) if (!names.has(address)) names.set(address, name);
  return code.flatMap(({ calls, target }) => {
    const name = calls && target !== undefined ? names.get(target) : undefined;
    return name === undefined ? [] : [name];
  });
}

/** Not those of every kernel, which look at a page-table entry for reasons of their own. */
const COMMON = new Set(['walk', 'walkaddr', 'mappages', 'uvmunmap', 'kalloc', 'kfree', 'memmove', 'memset']);

function checksWrite(elf: Elf): Fact {
  const code = codeOf(elf, 'copyout');
  if (code === undefined)
    return { value: undefined, evidence: elf.hasSymbols ? 'has no copyout' : UNKNOWN_NAMES };
  const test = writeTest(code);
  if (test !== undefined) return { value: true, evidence: `tests PTE_W in copyout at ${hex(test)}` };
  const callee = [...new Set(callsOf(elf, code))]
    .filter(name => !COMMON.has(name))
    .find(name => writeTest(codeOf(elf, name) ?? []) !== undefined);
  return callee === undefined
    ? { value: false, evidence: 'never tests PTE_W in copyout' }
    : { value: undefined, evidence: `tests PTE_W in ${callee}, which copyout calls` };
}

/** Where a mask of few flags with PTE_W among them is taken; many flags are not a test. */
function writeTest(code: readonly Step[]): number | undefined {
  return code.find(({ instruction: { name, imm } }) => {
    if (name !== 'andi' || imm < 0 || (imm & PTE_W) === 0) return false;
    let flags = 0;
    for (let bits = imm & 0xff; bits !== 0; bits &= bits - 1) flags++;
    return flags <= 4;
  })?.instruction.address;
}

function baseOf(elf: Elf, pmp: Fact, modern: Fact, lazySbrk: Fact): string {
  if (modern.value === undefined) return 'unknown';
  if (!modern.value) return pmp.value === true ? '2021' : '2019–2020';
  if (!elf.hasSymbols) return '2022 or later';
  if (elf.symbols.has('timervec')) return '2022–2023';
  return elf.symbols.has('kfork') || (lazySbrk.value === true && elf.symbols.has('vmfault'))
    ? '2025'
    : '2024';
}
