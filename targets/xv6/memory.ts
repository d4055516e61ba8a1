// Guest RAM as the examination sees it, and page frames counted from its first byte.

export const PAGE = 4096;

/** Physical memory of a guest that stands still while it is examined. */
export interface GuestMemory {
  /** Physical address of the first byte. */
  readonly base: number;
  /** Bytes. */
  readonly size: number;
  /** The bytes at physical address `pa`, in `into` if given; throws RangeError outside RAM. */
  read(pa: number, length: number, into?: Uint8Array): Uint8Array;
}

/** Something in the kernel's memory that cannot be so. */
export interface Damage {
  /** In the same words each time: no address, no number. */
  readonly what: string;
  /** With addresses and pids. */
  readonly detail: string;
}

export const hex = (address: number): string => `0x${address.toString(16)}`;

/** Little-endian 64 bits as a number: exact below 2^53, as every address that means anything is. */
export function address(bytes: Uint8Array, at: number): number {
  return word(bytes, at + 4) * 2 ** 32 + word(bytes, at);
}

/** Little-endian 32 bits, unsigned. */
export function word(bytes: Uint8Array, at: number): number {
  return (
    ((bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24)) >>>
    0
  );
}

/** The index of the frame that begins at `pa`, or -1 if no frame of RAM begins there. */
export function frameAt(memory: GuestMemory, pa: number): number {
  const offset = pa - memory.base;
  return offset >= 0 && offset + PAGE <= memory.size && offset % PAGE === 0 ? offset / PAGE : -1;
}
