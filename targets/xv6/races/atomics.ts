// What must be known of a kernel's code to hold it: where it takes locks, where it changes memory in one step, which locks are whose.
import type { Elf, ElfSymbol } from '../elf.ts';
import { decode } from '../riscv.ts';

/** Names of the function that takes a spinlock, and of those whose atomic instructions change nothing but locks. */
const TAKES = ['acquire', 'lock_take'];
const LOCKS = [...TAKES, 'release', 'lock_drop', 'acquiresleep', 'releasesleep', 'initlock', 'holding'];
/** Objects that hold locks of processes, of time and of devices: who takes one of these may do so by chance. */
const BESIDE =
  'proc tasks sched tickslock tick_lock wait_lock pid_lock cons console input output pr uart uart_tx_lock tx_lock disk disks vdisk_lock'.split(
    ' ',
  );

export interface Code {
  /** Address of the function that takes a spinlock, whose address is its first argument; undefined: it has another name. */
  readonly takesLock: number | undefined;
  /** Addresses of atomic instructions outside of locks. */
  readonly atomics: readonly number[];
  /** Is `pc` in the function that takes a spinlock? */
  takingLock(pc: number): boolean;
  /** The object that has `address` in it; undefined: none has. */
  objectAt(address: number): string | undefined;
  /** Is it a lock of processes, time or devices? */
  isBeside(lock: number): boolean;
}

export function codeOf(elf: Elf): Code {
  const functions = [...elf.symbols].filter(([, { kind, size }]) => kind === 'function' && size > 0);
  const objects = [...elf.symbols].filter(([, { kind, size }]) => kind === 'object' && size > 0);
  const within = ({ address, size }: ElfSymbol, at: number): boolean => at >= address && at < address + size;
  const taker = TAKES.map(name => elf.symbols.get(name)).find(symbol => symbol !== undefined);
  const objectAt = (at: number): string | undefined => objects.find(([, symbol]) => within(symbol, at))?.[0];
  return {
    takesLock: taker?.address,
    atomics: functions
      .filter(([name]) => !LOCKS.includes(name))
      .flatMap(([, symbol]) => atomicsIn(elf, symbol)),
    takingLock: pc => taker !== undefined && within(taker, pc),
    objectAt,
    isBeside: lock => BESIDE.includes(objectAt(lock) ?? ''),
  };
}

function atomicsIn(elf: Elf, { address, size }: ElfSymbol): readonly number[] {
  const segment = elf.segments.find(
    each => each.executable && address >= each.address && address + size <= each.address + each.bytes.length,
  );
  if (segment === undefined) return [];
  const view = new DataView(segment.bytes.buffer, segment.bytes.byteOffset + address - segment.address, size);
  const found: number[] = [];
  for (let at = 0; ; ) {
    const instruction = decode(view, at, address);
    if (instruction === undefined) return found;
    if (instruction.name === 'atomic') found.push(instruction.address);
    at += instruction.size;
  }
}
