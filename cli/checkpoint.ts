// An exploration on disk: so that one that was interrupted, or killed, goes on where it was.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SearchImage } from '../explorer/search.ts';
import { writeAtomically } from '../runner/store.ts';

const BYTES = 16;

/** Where an exploration of this kind is kept: by what it is of, and with which code. */
export class Checkpoint {
  readonly path: string;
  readonly #key: string;

  constructor(output: string, key: string) {
    this.#key = createHash('sha256').update(key).digest('hex').slice(0, 32);
    this.path = join(output, 'explore', `${this.#key.slice(0, 12)}.states`);
  }

  /** One line of JSON, then the words of the table. */
  save({ words, ...rest }: SearchImage): void {
    const first = Buffer.from(`${JSON.stringify({ key: this.#key, ...rest })}\n`);
    writeAtomically(
      this.path,
      Buffer.concat([first, Buffer.from(words.buffer, words.byteOffset, words.byteLength)]),
    );
  }

  /** The search that was kept; undefined if there is none, or none that can be used. */
  async load(): Promise<SearchImage | undefined> {
    if (!existsSync(this.path)) return undefined;
    const file = readFileSync(this.path);
    const end = file.indexOf(10);
    if (end < 0) return undefined;
    const parsed = (await header()).safeParse(json(file.subarray(0, end).toString('utf8')));
    if (!parsed.success || parsed.data.key !== this.#key) return undefined;
    const { key: _, ...rest } = parsed.data;
    const bytes = file.subarray(end + 1);
    if (bytes.length !== rest.size * BYTES || rest.next > rest.size || rest.end > rest.size) return undefined;
    return { ...rest, words: new Int32Array(Uint8Array.from(bytes).buffer) };
  }

  remove(): void {
    rmSync(this.path, { force: true });
  }
}

/** The line in front; what reads it is loaded when there is one. */
async function header() {
  const { z } = await import('zod');
  return z.strictObject({
    key: z.string(),
    size: z.int().min(1),
    depth: z.int().min(0),
    next: z.int().min(0),
    end: z.int().min(1),
    transitions: z.int().min(0),
    found: z.array(z.strictObject({ signature: z.string(), moves: z.array(z.int()), weight: z.int() })),
  });
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
