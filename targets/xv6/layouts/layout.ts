// What the examination must be told of a kernel: names only. Offsets, sizes and values come from its debug information.
import type { Wanted } from '../shapes.ts';

/** Names of one thing in different versions of a kernel: the first that is there counts. */
export type Names = readonly string[];

export interface KernelLayout {
  readonly name: string;
  /** Physical addresses that are RAM: `size` bytes from `base`. */
  readonly ram: { readonly base: number; readonly size: number };
  /** Symbol at the first byte behind the kernel's image: page frames begin at the next page boundary. */
  readonly end: string;
  readonly processes: {
    /** Global array of all processes. */
    readonly symbol: string;
    /** Type of an element, as C writes it. */
    readonly type: string;
    readonly fields: {
      /** 32 bits. */
      readonly pid: Names;
      /** 32 bits, one of `states`. */
      readonly state: Names;
      /** Physical address of the root page table. */
      readonly root: Names;
      /** Bytes of user memory from address 0 on; none: the kernel does not keep it. */
      readonly size: Names;
      /** Physical address of the frame of saved registers; none: it is no frame of its own. */
      readonly trapframe: Names;
      /** Pointer to the parent's element; none: the kernel does not keep it. */
      readonly parent: Names;
      /** Text of at most 16 bytes; none: there is no name. */
      readonly name: Names;
    };
    /** Embedded structures that hold old registers, as [field, type]: their words are not taken for owned frames. */
    readonly registers: readonly (readonly [field: string, type: string])[];
  };
  /** Enumerators. `starting` may be missing in older versions. */
  readonly states: {
    readonly unused: string;
    readonly starting: string;
    readonly sleeping: string;
    readonly ready: string;
    readonly running: string;
    readonly ended: string;
  };
  /** The free frames: a chain from field `head` of global `symbol`, with the next address at byte `next` of each frame. */
  readonly free: { readonly symbol: string; readonly head: Names; readonly next: number };
  /** Counts of references, one of `width` bytes for each frame of RAM, in an array field of a global; none: they are looked for. */
  readonly counts?: { readonly symbol: string; readonly field: string; readonly width: 1 | 2 | 4 };
  /** How the agent is started: what the console shows last when it takes commands, and the line to type. */
  readonly agent: { readonly prompt: string; readonly line: string };
}

/** Answers to `Wanted`, under 'struct proc.pagetable', 'sizeof struct proc', 'SLEEPING', 'length proc'. */
export type Shapes = ReadonlyMap<string, number | undefined>;

/** What must be asked of the debug information to read a kernel of this layout. */
export function wantedOf({ processes, free, states, counts }: KernelLayout): Required<Wanted> {
  const fields = Object.values(processes.fields).flat();
  const registers = processes.registers.map(([field]) => field);
  return {
    offsets: [
      ...[...fields, ...registers].map(field => [processes.type, field] as const),
      ...free.head.map(field => [free.symbol, field] as const),
      ...(counts === undefined ? [] : [[counts.symbol, counts.field] as const]),
    ],
    sizes: [processes.type, ...processes.registers.map(([, type]) => type)],
    enums: Object.values(states),
    arrays: [processes.symbol],
  };
}
