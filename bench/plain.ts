// What a fast-check user compares: an eager copy, and a plain copy-on-write implementation made of objects.
import { WORLD } from './job.ts';

export const PROCESSES = WORLD.processes;
export const PAGES = 8;
export const PAGE_SIZE = WORLD.pageSize;
const FRAMES = 256;
const SIZE = PAGES * PAGE_SIZE;

/** The bytes of each image right after exec. */
export const IMAGES: readonly Uint8Array[] = WORLD.images.map((_, image) =>
  Uint8Array.from({ length: SIZE }, (_, i) => (image * 17 + i + 1) & 255),
);

/** Every process has a copy of its own from the start. */
export class EagerMemory {
  readonly processes: (Uint8Array | undefined)[] = new Array(PROCESSES).fill(undefined);

  constructor() {
    this.processes[0] = IMAGES[0]!.slice();
  }
}

interface Entry {
  frame: number;
  writable: boolean;
}

/** Processes share frames until one of them writes. */
export class CowMemory {
  readonly processes: (Entry[] | undefined)[] = new Array(PROCESSES).fill(undefined);
  readonly counts: number[] = new Array(FRAMES).fill(0);
  readonly free: number[] = Array.from({ length: FRAMES }, (_, i) => FRAMES - 1 - i);
  readonly bytes = new Uint8Array(FRAMES * PAGE_SIZE);

  constructor() {
    this.processes[0] = this.#load(0);
  }

  /** The slot of the child, or -1 if the process table is full. */
  fork(parent: number): number {
    const child = this.processes.indexOf(undefined);
    if (child < 0) return -1;
    this.processes[child] = this.processes[parent]!.map(entry => {
      entry.writable = false;
      this.counts[entry.frame]!++;
      return { frame: entry.frame, writable: false };
    });
    return child;
  }

  write(process: number, at: number, value: number): void {
    const entry = this.processes[process]![Math.floor(at / PAGE_SIZE)]!;
    if (!entry.writable) {
      if (this.counts[entry.frame]! > 1) {
        const own = this.#allocate();
        const from = entry.frame * PAGE_SIZE;
        this.bytes.copyWithin(own * PAGE_SIZE, from, from + PAGE_SIZE);
        this.#drop(entry.frame);
        entry.frame = own;
      }
      entry.writable = true;
    }
    this.bytes[entry.frame * PAGE_SIZE + (at % PAGE_SIZE)] = value;
  }

  read(process: number, at: number): number {
    const entry = this.processes[process]![Math.floor(at / PAGE_SIZE)]!;
    return this.bytes[entry.frame * PAGE_SIZE + (at % PAGE_SIZE)]!;
  }

  exec(process: number, image: number): void {
    this.exit(process);
    this.processes[process] = this.#load(image);
  }

  exit(process: number): void {
    for (const entry of this.processes[process]!) this.#drop(entry.frame);
    this.processes[process] = undefined;
  }

  #load(image: number): Entry[] {
    return Array.from({ length: PAGES }, (_, page) => {
      const frame = this.#allocate();
      const start = page * PAGE_SIZE;
      this.bytes.set(IMAGES[image]!.subarray(start, start + PAGE_SIZE), frame * PAGE_SIZE);
      return { frame, writable: true };
    });
  }

  #allocate(): number {
    const frame = this.free.pop();
    if (frame === undefined) throw new Error('out of frames');
    this.counts[frame] = 1;
    return frame;
  }

  #drop(frame: number): void {
    if (--this.counts[frame]! === 0) this.free.push(frame);
  }
}

/** Throws unless `process` reads the same on both sides. */
export function compare(eager: EagerMemory, cow: CowMemory, process: number): void {
  const expected = eager.processes[process];
  const found = cow.processes[process];
  if ((expected === undefined) !== (found === undefined)) throw new Error(`slot ${process} is not alike`);
  if (expected === undefined || found === undefined) return;
  for (let page = 0; page < PAGES; page++) {
    const from = found[page]!.frame * PAGE_SIZE;
    for (let i = 0; i < PAGE_SIZE; i++)
      if (cow.bytes[from + i] !== expected[page * PAGE_SIZE + i])
        throw new Error(`slot ${process} page ${page} byte ${i} differs`);
  }
}

/** Throws unless every count equals its entries, no shared entry is writable, and the free list is exact. */
export function scan(cow: CowMemory): void {
  const entries = new Uint8Array(FRAMES);
  for (const pages of cow.processes)
    if (pages !== undefined) for (const { frame } of pages) entries[frame]!++;
  for (const pages of cow.processes)
    if (pages !== undefined)
      for (const { frame, writable } of pages)
        if (writable && entries[frame]! > 1) throw new Error(`frame ${frame} is shared and writable`);
  let unused = 0;
  for (let frame = 0; frame < FRAMES; frame++) {
    if (cow.counts[frame] !== entries[frame]) throw new Error(`frame ${frame} is miscounted`);
    if (entries[frame] === 0) unused++;
  }
  const FREE = 255;
  for (const frame of cow.free) {
    if (entries[frame] !== 0) throw new Error(`frame ${frame} is free and in use, or free twice`);
    entries[frame] = FREE;
  }
  if (cow.free.length !== unused) throw new Error('a frame is neither free nor in use');
}
