// The process table of a kernel, read from its memory; what of the kernel can be read at all.
import type { KernelLayout, Names, Shapes } from './layouts/layout.ts';
import type { SymbolKind } from './elf.ts';
import { address, frameAt, type GuestMemory, PAGE, word } from './memory.ts';

export type ProcState = 'unused' | 'starting' | 'sleeping' | 'ready' | 'running' | 'ended' | 'unknown';

export interface Proc {
  /** Index in the process table. */
  readonly slot: number;
  readonly pid: number;
  readonly state: ProcState;
  /** Physical address of the root page table, 0 for none. */
  readonly root: number;
  /** Bytes of user memory; -1: not known. */
  readonly size: number;
  /** Physical address, 0 for none. */
  readonly trapframe: number;
  /** Slot of the parent, -1 for none. */
  readonly parent: number;
  readonly name: string;
  /** Frames that words of the element point to, beside the above: by index from the start of RAM. */
  readonly owns: readonly number[];
}

export interface KernelSymbol {
  readonly address: number;
  /** Bytes; 0: not known. */
  readonly size: number;
  /** Absent: data. */
  readonly kind?: SymbolKind;
}

type Field = keyof KernelLayout['processes']['fields'];
const NEEDED: readonly Field[] = ['pid', 'state', 'root'];
const NAME = 16;

/** Kernel addresses are physical ones: it maps RAM one to one. */
export class Kernel {
  readonly memory: GuestMemory;
  readonly symbols: ReadonlyMap<string, KernelSymbol>;
  readonly layout: KernelLayout;
  /** The first frame behind the kernel's image, by index from the start of RAM; 0 if `end` is not known. */
  readonly firstFrame: number;
  /** Address of the word that holds the first free frame's address; -1: not known. */
  readonly freeHead: number;
  readonly #missing: string[] = [];
  readonly #table: number = -1;
  readonly #slots: number = 0;
  readonly #stride: number = 0;
  readonly #at: Readonly<Record<Field, number>>;
  readonly #states = new Map<number, ProcState>();
  /** Words of an element that may own a frame, as offsets. */
  readonly #words: readonly number[];
  readonly #bytes: Uint8Array;

  constructor(
    memory: GuestMemory,
    symbols: ReadonlyMap<string, KernelSymbol>,
    shapes: Shapes,
    layout: KernelLayout,
  ) {
    this.memory = memory;
    this.symbols = symbols;
    this.layout = layout;
    const { processes, free, states } = layout;
    const end = symbols.get(layout.end);
    if (end === undefined)
      this.#missing.push(`there is no symbol ${layout.end}: where page frames begin is not known`);
    this.firstFrame = Math.max(0, Math.ceil(((end?.address ?? memory.base) - memory.base) / PAGE));

    const offset = (of: string, names: Names): number => {
      for (const name of names) {
        const at = shapes.get(`${of}.${name}`);
        if (at !== undefined) return at;
      }
      return -1;
    };
    const at = {} as Record<Field, number>;
    for (const field of Object.keys(processes.fields) as Field[]) {
      const names = processes.fields[field];
      at[field] = offset(processes.type, names);
      if (at[field] < 0 && (NEEDED.includes(field) || names.length > 0))
        this.#missing.push(`${processes.type} has no field ${names.join(' or ')} that can be read`);
    }
    this.#at = at;

    const table = symbols.get(processes.symbol);
    const stride = shapes.get(`sizeof ${processes.type}`);
    const slots = shapes.get(`length ${processes.symbol}`) ?? Math.floor((table?.size ?? 0) / (stride ?? 1));
    if (table === undefined) this.#missing.push(`there is no symbol ${processes.symbol}: no process table`);
    else if (stride === undefined || stride <= 0 || slots <= 0 || slots > 4096)
      this.#missing.push(`the size of ${processes.type} or of the array ${processes.symbol} is not known`);
    else if (!inside(memory, table.address, stride * slots))
      this.#missing.push(`the array ${processes.symbol} is not in RAM`);
    else if (NEEDED.every(field => at[field] >= 0 && at[field] + 4 <= stride)) {
      this.#table = table.address;
      this.#slots = slots;
      this.#stride = stride;
    }
    this.#bytes = new Uint8Array(this.#slots * this.#stride);

    for (const [state, name] of Object.entries(states) as [ProcState, string][]) {
      const value = shapes.get(name);
      if (value !== undefined) this.#states.set(value, state);
      else if (state !== 'starting') {
        this.#missing.push(`there is no enumerator ${name}: the states of processes cannot be read`);
        this.#table = -1;
      }
    }

    const registers = processes.registers.map(([field, type]) => {
      const from = shapes.get(`${processes.type}.${field}`) ?? 0;
      return { from, to: from + (shapes.get(`sizeof ${type}`) ?? 0) };
    });
    this.#words = Array.from({ length: this.#stride >> 3 }, (_, i) => i * 8).filter(
      word =>
        word !== at.root &&
        word !== at.trapframe &&
        !registers.some(({ from, to }) => word >= from && word < to),
    );

    const head = offset(free.symbol, free.head);
    const holder = symbols.get(free.symbol);
    this.freeHead = head < 0 || holder === undefined ? -1 : holder.address + head;
    if (this.freeHead < 0)
      this.#missing.push(`the free list is not a field ${free.head.join(' or ')} of ${free.symbol}`);
    else if (!inside(memory, this.freeHead, 8)) {
      this.#missing.push(`the head of the free list is not in RAM`);
      this.freeHead = -1;
    }
  }

  /** What of this kernel is not understood, as sentences; none: all of it is. */
  missing(): string[] {
    return [...this.#missing];
  }

  /** Whether processes and their states can be read. */
  get hasProcesses(): boolean {
    return this.#table >= 0;
  }

  /** Frames of RAM, the kernel's image among them. */
  get frames(): number {
    return Math.floor(this.memory.size / PAGE);
  }

  /** Every process but the unused slots; empty if they cannot be read. */
  processes(): Proc[] {
    if (this.#table < 0) return [];
    const bytes = this.memory.read(this.#table, this.#bytes.length, this.#bytes);
    const at = this.#at;
    const found: Proc[] = [];
    for (let slot = 0; slot < this.#slots; slot++) {
      const from = slot * this.#stride;
      const state = this.#stateAt(bytes, from);
      if (state === 'unused') continue;
      const parent = at.parent < 0 ? 0 : address(bytes, from + at.parent);
      const above = (parent - this.#table) / this.#stride;
      found.push({
        slot,
        state,
        pid: word(bytes, from + at.pid) | 0,
        root: address(bytes, from + at.root),
        size: at.size < 0 ? -1 : address(bytes, from + at.size),
        trapframe: at.trapframe < 0 ? 0 : address(bytes, from + at.trapframe),
        parent: Number.isInteger(above) && above >= 0 && above < this.#slots ? above : -1,
        name: at.name < 0 ? '' : textAt(bytes, from + at.name),
        owns: this.#owned(bytes, from),
      });
    }
    return found;
  }

  #stateAt(bytes: Uint8Array, from: number): ProcState {
    return this.#states.get(word(bytes, from + this.#at.state)) ?? 'unknown';
  }

  #owned(bytes: Uint8Array, from: number): number[] {
    const frames: number[] = [];
    for (const at of this.#words) {
      // Most words are no address of a page: that is seen from the low half alone.
      if (((bytes[from + at] ?? 0) | ((bytes[from + at + 1] ?? 0) & 15)) !== 0) continue;
      const frame = frameAt(this.memory, address(bytes, from + at));
      if (frame >= this.firstFrame) frames.push(frame);
    }
    return frames;
  }

  /** The state of the process with this pid; 'unused' if there is none. */
  stateOf(pid: number): ProcState {
    return this.processes().find(proc => proc.pid === pid)?.state ?? 'unused';
  }

  /** Whether nothing is under way in the kernel: all processes but the polling one wait or have ended. */
  quiescent(pollingPid: number, processes: readonly Proc[] = this.processes()): boolean {
    return processes.every(
      ({ pid, state }) => pid === pollingPid || state === 'sleeping' || state === 'ended',
    );
  }
}

function inside(memory: GuestMemory, pa: number, length: number): boolean {
  return pa >= memory.base && pa + length <= memory.base + memory.size;
}

function textAt(bytes: Uint8Array, at: number): string {
  let text = '';
  for (let i = at; i < at + NAME && (bytes[i] ?? 0) !== 0; i++) text += String.fromCharCode(bytes[i] ?? 0);
  return text;
}
