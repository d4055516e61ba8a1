// How a kernel must be started and what its base is like, read from its code: never found by trying.
import type { Elf } from './elf.ts';

export interface Fact {
  readonly value: boolean | undefined;
  /** What in the kernel says so, for `doctor` and reports. */
  readonly evidence: string;
}

export interface BootFacts {
  /** It programs pmpaddr0, so the processor must have physical memory protection; else it must not. */
  readonly pmp: Fact;
  /** Its disk driver is for virtio version 2; else for the legacy interface. */
  readonly modernVirtio: Fact;
  /** Text and read-only data of a process are mapped without PTE_W (bases from 2022). */
  readonly textProtected: Fact;
  /** sbrk takes a second argument or never allocates: pages come at the first touch (bases from 2025). */
  readonly lazySbrk: Fact;
  /** copyout looks at PTE_W (bases from 2023 on; every copy-on-write copyout should). */
  readonly copyoutChecksWrite: Fact;
  /** There is a state USED between UNUSED and SLEEPING; filled in from debug information by shapes. */
  readonly base: string;
}

/** Everything that can be told; `unknown` facts have value undefined. */
export function bootFacts(elf: Elf): BootFacts {
  const unknown: Fact = { value: undefined, evidence: 'not looked for' };
  return {
    pmp: pmp(elf),
    modernVirtio: unknown,
    textProtected: unknown,
    lazySbrk: unknown,
    copyoutChecksWrite: unknown,
    base: 'unknown',
  };
}

function pmp(elf: Elf): Fact {
  for (const { bytes, address } of elf.segments.filter(s => s.executable)) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = 0; at + 4 <= bytes.length; at += 2)
      if ((view.getUint32(at, true) & 0xfff0_707f) === 0x3b00_1073)
        return { value: true, evidence: `writes pmpaddr0 at 0x${(address + at).toString(16)}` };
  }
  return { value: false, evidence: 'never writes pmpaddr0' };
}
