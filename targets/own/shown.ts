// What an object of the user's shows of its frames, as changes in the log of a transcript.
import {
  COPY_ON_WRITE,
  EXCLUSIVE,
  EXECUTABLE,
  PRESENT,
  type Transcript,
  WRITABLE,
} from '../../spec/transcript.ts';
import type { OwnFamily } from './family.ts';
import type { CowObject, PageSeen } from './object.ts';

/** Work that may have to wait: yields each promise, to be given what comes of it. */
export type Waiting<T> = Generator<PromiseLike<unknown>, T, unknown>;

/** Looks at every process and every frame, and writes what is not as it was. Awaits only what is a promise. */
export class OwnShown {
  readonly #object: CowObject;
  readonly #pages: number;
  readonly #pageSize: number;
  readonly #tokens = new Map<unknown, number>();
  /** Frame and bits of each page as last shown, by process. */
  readonly #entries = new Map<number, Int32Array>();
  /** Frames that some page had when last looked at. */
  #mapped = new Set<unknown>();
  readonly #counts = new Map<unknown, string>();
  readonly #contents = new Map<unknown, Int32Array>();

  constructor(object: CowObject, pages: number, pageSize: number) {
    this.#object = object;
    this.#pages = pages;
    this.#pageSize = pageSize;
  }

  reset(): void {
    this.#tokens.clear();
    this.#entries.clear();
    this.#mapped.clear();
    this.#counts.clear();
    this.#contents.clear();
  }

  /** Writes one section. Yields what is a promise, to be given what comes of it. */
  *tell(family: OwnFamily<unknown>, into: Transcript): Waiting<void> {
    const living = family.living;
    for (const process of this.#entries.keys()) {
      if (living.includes(process)) continue;
      this.#compare(process, [], into);
      this.#entries.delete(process);
      into.space(process, -1);
    }
    const mapped = new Set<unknown>();
    for (const process of living) {
      const seen = pagesOf(this.#object, family.of(process));
      const pages = isPromise(seen) ? ((yield seen) as Pages) : seen;
      if (!this.#entries.has(process)) {
        into.space(process, process);
        this.#entries.set(process, new Int32Array(this.#pages * 2));
      }
      for (const page of pages) if (page !== undefined && page !== null) mapped.add(page.frame);
      this.#compare(process, pages, into);
    }
    const object = this.#object;
    for (const frame of new Set([...this.#mapped, ...mapped])) {
      const told = this.#count(frame, object.count !== undefined, into);
      if (isPromise(told)) yield told;
      if (object.contents === undefined || !mapped.has(frame)) continue;
      const bytes = object.contents(frame);
      this.#bytes(frame, isPromise(bytes) ? ((yield bytes) as ArrayLike<number>) : bytes, into);
    }
    this.#mapped = mapped;
    if (object.used !== undefined) {
      const total = object.used();
      into.totals(isPromise(total) ? ((yield total) as number) : total, -1);
    }
    into.endSection();
  }

  #compare(
    process: number,
    pages: readonly (PageSeen<unknown> | null | undefined)[],
    into: Transcript,
  ): void {
    const known = this.#entries.get(process) ?? new Int32Array(this.#pages * 2);
    for (let page = 0; page < this.#pages; page++) {
      const seen = pages[page];
      const absent = seen === undefined || seen === null;
      // Kept one higher, so that 0 says that nothing is there.
      const frame = absent ? 0 : this.#token(seen.frame) + 1;
      const bits = absent ? 0 : bitsOf(seen);
      if (known[2 * page] === frame && known[2 * page + 1] === bits) continue;
      known[2 * page] = frame;
      known[2 * page + 1] = bits;
      into.entry(process, page, frame - 1, bits);
    }
  }

  #token(frame: unknown): number {
    const known = this.#tokens.get(frame);
    if (known !== undefined) return known;
    const token = this.#tokens.size;
    this.#tokens.set(frame, token);
    return token;
  }

  /** Count and held references of `frame`, if they are not as they were. */
  #count(frame: unknown, offered: boolean, into: Transcript): void | Promise<void> {
    const tell = (count: number, held: number): void => {
      const text = `${count} ${held}`;
      if (this.#counts.get(frame) === text) return;
      this.#counts.set(frame, text);
      into.frame(this.#token(frame), count, offered ? (count === 0 ? 1 : 0) : -1, held);
    };
    const object = this.#object;
    const count = offered ? object.count?.(frame) : -1;
    const held = object.held?.(frame) ?? (offered ? 0 : -1);
    if (!isPromise(count) && !isPromise(held)) return tell(count ?? -1, held);
    return Promise.all([count, held]).then(([a, b]) => tell(a ?? -1, b));
  }

  #bytes(frame: unknown, bytes: ArrayLike<number>, into: Transcript): void {
    const words = new Int32Array(this.#pageSize >> 2);
    for (let i = 0; i < this.#pageSize; i++)
      words[i >> 2] = (words[i >> 2] ?? 0) | (((bytes[i] ?? 0) & 255) << ((i & 3) * 8));
    const known = this.#contents.get(frame);
    if (known?.every((word, i) => word === words[i]) === true) return;
    this.#contents.set(frame, words);
    into.contents(this.#token(frame), words, 0, words.length);
  }
}

type Pages = readonly (PageSeen<unknown> | null | undefined)[];

/** The pages of a process by whichever of the two methods the object has. */
export function pagesOf(object: CowObject, process: unknown): Pages | PromiseLike<Pages> {
  if (object.inspect !== undefined) return object.inspect(process);
  const frames = object.frames?.(process) ?? [];
  const wrap = (all: readonly unknown[]): Pages =>
    all.map(frame => (frame === undefined || frame === null ? undefined : { frame }));
  return isPromise(frames) ? frames.then(wrap) : wrap(frames);
}

function bitsOf(page: PageSeen<unknown>): number {
  return (
    PRESENT |
    (page.writable === true ? WRITABLE : 0) |
    (page.exclusive === true ? EXCLUSIVE : 0) |
    (page.executable === true ? EXECUTABLE : 0) |
    (page.copyOnWrite === true ? COPY_ON_WRITE : 0)
  );
}

export function isPromise<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
