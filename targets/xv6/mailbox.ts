// The agent's mailbox in guest memory: lines in, answers out, and what the agent says of its processes.
import { PAGE } from './memory.ts';

/** Guest memory that can also be written. Physical addresses. */
export interface WritableMemory {
  read(pa: number, length: number, into?: Uint8Array): Uint8Array;
  write(pa: number, bytes: Uint8Array): void;
  writeU32(pa: number, value: number): void;
}

/** A process under test as the agent knows it: alive, or ended and not yet waited for. */
export interface Entry {
  /** What the lines call it. */
  readonly number: number;
  readonly pid: number;
  readonly image: number;
  /** Pages of its heap. */
  readonly heap: number;
}

export const MAGIC = 'cowcheck';
export const MAILBOX_PAGES = 21;
const REQUEST_AT = 4096;
export const REQUEST_BYTES = 16_384;
const ANSWER_AT = 20_480;
const TABLE_AT = 256;
const ENTRIES = 64;
const ENTRY_BYTES = 16;
const HEAD_BYTES = TABLE_AT + ENTRIES * ENTRY_BYTES;
const SLOTS = 8;
const KEEPER = 6;

const REQUEST = 8;
const REQUEST_LENGTH = 12;
const ANSWER = 16;
const ANSWER_LENGTH = 20;
const LINES = 24;
const WAITING = 28;
const DEAD = 32;
const FLAGS = 36;
const PIDS = 64;

export class Mailbox {
  readonly #memory: WritableMemory;
  /** Physical address of each page: the coordinator never forks once it exists, so they never move. */
  readonly #pages: readonly number[];
  readonly #head = Buffer.alloc(HEAD_BYTES);
  #sequence: number;

  constructor(memory: WritableMemory, pages: readonly number[]) {
    this.#memory = memory;
    this.#pages = pages;
    this.refresh();
    this.#sequence = this.#word(REQUEST);
  }

  get hasMagic(): boolean {
    return this.#head.toString('latin1', 0, 8) === MAGIC;
  }

  /** Reads what the agent has written since. */
  refresh(): void {
    this.#memory.read(this.#pages[0] ?? 0, HEAD_BYTES, this.#head);
  }

  /** `text`: lines, each ended, of at most REQUEST_BYTES. */
  post(text: string): void {
    const bytes = Buffer.from(text, 'latin1');
    this.#copy(REQUEST_AT, bytes.length, (pa, from, to) => this.#memory.write(pa, bytes.subarray(from, to)));
    this.#write(REQUEST_LENGTH, bytes.length);
    this.#sequence = (this.#sequence + 1) >>> 0;
    this.#write(REQUEST, this.#sequence);
  }

  /** Is the request answered, as far as it goes? As of the last refresh. */
  get isAnswered(): boolean {
    return this.#word(ANSWER) === this.#sequence;
  }

  /** The answers to a request that is answered; fewer than its lines where no more had room. */
  answers(): readonly string[] {
    const length = this.#word(ANSWER_LENGTH);
    const bytes = Buffer.alloc(length);
    this.#copy(ANSWER_AT, length, (pa, from, to) =>
      this.#memory.read(pa, to - from, bytes.subarray(from, to)),
    );
    return bytes.toString('latin1').split('\n').slice(0, -1);
  }

  /** Lines of the request that are answered. */
  get lines(): number {
    return this.#word(LINES);
  }

  /** A bit for each slot whose reply the agent waits for. */
  get waiting(): number {
    return this.#word(WAITING);
  }

  /** Tells of a process that will not reply; false: the agent has not yet heard of the last one. The console's bell makes it look. */
  mourn(pid: number): boolean {
    if (this.#word(DEAD) !== 0) return false;
    this.#write(DEAD, pid);
    return true;
  }

  /** May ops of different processes go on at the same time; is read() of a file to be believed that it wrote? */
  expect(overlap: boolean, honest: boolean): void {
    this.#write(FLAGS, (overlap ? 1 : 0) | (honest ? 2 : 0));
  }

  /** The process that gives birth to process 0 of each run. */
  get keeper(): number {
    return this.pids[KEEPER] ?? 0;
  }

  /** The process in each slot; 0: none. The last two are the keeper and the doorbell. */
  get pids(): readonly number[] {
    return Array.from({ length: SLOTS }, (_, slot) => this.#word(PIDS + slot * 4));
  }

  entries(): readonly Entry[] {
    const found: Entry[] = [];
    for (let i = 0; i < ENTRIES; i++) {
      const at = TABLE_AT + i * ENTRY_BYTES;
      const number = this.#word(at) - 1;
      if (number < 0) continue;
      const heap = this.#head.readInt32LE(at + 12);
      found.push({ number, pid: this.#word(at + 4), image: this.#word(at + 8), heap });
    }
    return found.sort((a, b) => a.number - b.number);
  }

  #word(at: number): number {
    return this.#head.readUInt32LE(at);
  }

  #write(at: number, value: number): void {
    this.#head.writeUInt32LE(value >>> 0, at);
    this.#memory.writeU32((this.#pages[0] ?? 0) + at, value);
  }

  /** Calls `part` for each stretch of `length` bytes from `at` that lies on one page. */
  #copy(at: number, length: number, part: (pa: number, from: number, to: number) => void): void {
    for (let done = 0; done < length; ) {
      const page = Math.floor((at + done) / PAGE);
      const offset = (at + done) % PAGE;
      const to = Math.min(length, done + PAGE - offset);
      part((this.#pages[page] ?? 0) + offset, done, to);
      done = to;
    }
  }
}
