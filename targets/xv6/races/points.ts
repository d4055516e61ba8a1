// The points that are set in a machine while a race runs: what is watched, and how a hart is taken past a point.
import type { CountShape } from '../counts.ts';
import { PAGE } from '../memory.ts';
import { decode, type Instruction } from '../riscv.ts';
import type { Code } from './atomics.ts';
import type { Point } from './gdb.ts';
import type { RaceGuest } from './guest.ts';
import type { Registers } from './packets.ts';

/** Instructions in which a spinning hart tries its lock twice. */
const SPIN = 64;

export type Access = 'reads' | 'writes' | 'updates';

const ACCESSES: Partial<Record<Instruction['name'], Access>> = {
  load: 'reads',
  store: 'writes',
  atomic: 'updates',
};

export const codeAt = (address: number): Point => ({ kind: 'code', address, length: 4 });

const nameOf = ({ kind, address }: Point): string => `${kind} ${address}`;

export class Points {
  readonly #guest: RaceGuest;
  readonly #code: Code;
  readonly #set = new Map<string, Point>();
  readonly #count: Point;
  readonly #frame: Point;

  /** Of the frame with index `frame`. */
  constructor(guest: RaceGuest, code: Code, frame: number, counts: CountShape) {
    this.#guest = guest;
    this.#code = code;
    const { base } = guest.kernel.memory;
    this.#count = { kind: 'access', address: counts.address + frame * counts.stride, length: counts.width };
    this.#frame = { kind: 'access', address: base + frame * PAGE, length: 1 };
  }

  /** Watches the count of the frame and its first byte; stops at `done`, and at each atomic instruction outside of locks. */
  async arm(done: number): Promise<void> {
    for (const point of [this.#count, this.#frame, codeAt(done), ...this.#code.atomics.map(codeAt)])
      await this.set(point);
  }

  /** Clears all, but for the one at address `kept`. */
  async disarm(kept?: number): Promise<void> {
    for (const point of this.#set.values()) if (point.address !== kept) await this.clear(point);
  }

  async set(point: Point): Promise<void> {
    await this.#guest.gdb.set(point);
    this.#set.set(nameOf(point), point);
  }

  async clear(point: Point): Promise<void> {
    if (this.#set.delete(nameOf(point))) await this.#guest.gdb.clear(point);
  }

  /** Does a hart stop before the instruction at `pc`? */
  has(pc: number): boolean {
    return this.#set.has(nameOf(codeAt(pc)));
  }

  /** Executes one instruction of a hart, though these points are on it. */
  async over(hart: number, points: readonly Point[]): Promise<void> {
    const set = points.filter(point => this.#set.has(nameOf(point)));
    for (const point of set) await this.clear(point);
    await this.#guest.gdb.step(hart);
    for (const point of set) await this.set(point);
  }

  /** The same for one that touches what is watched. */
  overAccess(hart: number, pc: number): Promise<void> {
    return this.over(hart, [this.#count, this.#frame, codeAt(pc)]);
  }

  isCount(word: Point): boolean {
    return word === this.#count;
  }

  /** The watched word that the next instruction touches. */
  wordAt({ pc, x }: Registers): Point | undefined {
    const instruction = this.#instruction(pc);
    if (instruction === undefined || ACCESSES[instruction.name] === undefined) return undefined;
    const at = (x[instruction.rs1] ?? 0) + instruction.imm;
    return [this.#count, this.#frame].find(
      ({ address, length }) => at < address + length && at + instruction.width > address,
    );
  }

  accessAt(pc: number): Access | undefined {
    const name = this.#instruction(pc)?.name;
    return name === undefined ? undefined : ACCESSES[name];
  }

  /** What is in a watched word. */
  valueOf({ address, length }: Point): number {
    const bytes = this.#guest.machine.read(address, length);
    let value = 0;
    for (let i = Math.min(length, 6) - 1; i >= 0; i--) value = value * 256 + (bytes[i] ?? 0);
    return value;
  }

  /** The lock that a hart tries again and again; undefined: it does something else. */
  async spinsOn(hart: number): Promise<number | undefined> {
    const { gdb } = this.#guest;
    const tried = new Set<string>();
    for (let i = 0; i < SPIN; i++) {
      const { pc, x } = await gdb.registers(hart);
      // A point that has something to tell is not stepped over.
      if (this.has(pc) && !this.#code.atomics.includes(pc)) return undefined;
      const instruction = this.#instruction(pc);
      if (instruction?.name === 'atomic') {
        const lock = x[instruction.rs1] ?? 0;
        if (tried.has(`${pc} ${lock}`)) return lock;
        tried.add(`${pc} ${lock}`);
      }
      await this.over(hart, [codeAt(pc)]);
      // It is about to touch what is watched: no step leads past that.
      if ((await gdb.registers(hart)).pc === pc) return undefined;
    }
    return undefined;
  }

  #instruction(pc: number): Instruction | undefined {
    const { machine } = this.#guest;
    if (!machine.holds(pc, 4)) return undefined;
    const bytes = machine.read(pc, 4);
    return decode(new DataView(bytes.buffer, bytes.byteOffset, 4), 0, pc);
  }
}
