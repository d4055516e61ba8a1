// A guest's console in an unlinked file, which never blocks the guest and never grows without bound.
import { closeSync, fstatSync, ftruncateSync, readSync } from 'node:fs';
import { escaped } from '../wire/refusal.ts';
import { unnamed } from './unnamed.ts';

/** Bytes of the file after which its older part is forgotten. */
const MOST = 16 << 20;
const KEPT = 1 << 20;

export class ConsoleFile {
  /** For the writer: appends. */
  readonly fd: number;
  /** Bytes forgotten before `#kept`. */
  #gone = 0;
  /** The end of what was cut off the file. */
  #kept = Buffer.alloc(0);

  #closed = false;

  constructor() {
    this.fd = unnamed('console', 'a+');
  }

  get #size(): number {
    return this.#closed ? 0 : fstatSync(this.fd).size;
  }

  /** Bytes printed so far. */
  get printed(): number {
    this.trim();
    return this.#gone + this.#kept.length + this.#size;
  }

  /** What was printed from byte `from`, as latin1: one character a byte. */
  text(from: number): string {
    const before = this.#gone + this.#kept.length;
    const start = Math.max(0, from - before);
    const body = this.#read(start, this.#size - start);
    const head = from < before ? this.#kept.subarray(Math.max(0, from - this.#gone)) : undefined;
    return (head === undefined ? '' : head.toString('latin1')) + body.toString('latin1');
  }

  #read(at: number, length: number): Buffer {
    const bytes = Buffer.allocUnsafe(Math.max(0, length));
    return bytes.subarray(0, bytes.length === 0 ? 0 : readSync(this.fd, bytes, 0, bytes.length, at));
  }

  /** Forgets the older part of a long console. What is printed in this very moment may be lost. */
  trim(): void {
    const size = this.#size;
    if (size < MOST) return;
    const end = this.#read(size - KEPT, KEPT);
    const lost = this.#size;
    ftruncateSync(this.fd, 0);
    this.#gone += this.#kept.length + lost - end.length;
    this.#kept = Buffer.from(end);
  }

  /** Its end can still be read. */
  close(): void {
    if (this.#closed) return;
    const all = this.text(Math.max(0, this.printed - KEPT));
    this.#gone = this.printed - all.length;
    this.#kept = Buffer.from(all, 'latin1');
    this.#closed = true;
    closeSync(this.fd);
  }
}

/** The last lines of a console, escaped and indented, to stand in a message; empty if there is nothing. */
export function shownConsole(text: string, lines = 12): string {
  return text
    .trimEnd()
    .split('\n')
    .filter(line => line.trim() !== '')
    .slice(-lines)
    .map(line => `  ${escaped(Buffer.from(line.replace(/\r+$/, ''), 'latin1'), 200)}`)
    .join('\n');
}
