// An exploration on disk: so that one that was interrupted, or killed, goes on where it was.
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { SearchImage } from '../explorer/search.ts';
import { writeAtomically } from '../runner/store.ts';

const BYTES = 16;

/** Rooms whose code decides what a state is, where it leads, and what is found in it. */
const ROOMS = ['spec', 'model', 'properties', 'explorer', 'targets/model'];

/** Where an exploration of this kind is kept: by what it is of. With which code, and whether it is whole, the file says. */
export class Checkpoint {
  readonly path: string;
  readonly #key: string;

  constructor(output: string, key: string) {
    this.#key = createHash('sha256').update(key).digest('hex').slice(0, 32);
    this.path = join(output, 'explore', `${this.#key.slice(0, 12)}.states`);
  }

  /** One line of JSON, then the words of the table. */
  save({ words, ...rest }: SearchImage): void {
    const states = Buffer.from(words.buffer, words.byteOffset, words.byteLength);
    const about = { key: this.#key, code: codeHash(), ...rest };
    const first = Buffer.from(`${JSON.stringify({ ...about, sum: sumOf(about, states) })}\n`);
    writeAtomically(this.path, Buffer.concat([first, states]));
  }

  /** The search that was kept, undefined if there is none; or in words why the one that is there is of no use. */
  async load(): Promise<SearchImage | string | undefined> {
    if (!existsSync(this.path)) return undefined;
    let file: Buffer;
    try {
      file = readFileSync(this.path);
    } catch (cause) {
      return `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'unknown'})`;
    }
    const end = file.indexOf(10);
    const parsed = (await header()).safeParse(json(file.subarray(0, Math.max(0, end)).toString('utf8')));
    if (!parsed.success || parsed.data.key !== this.#key) return 'it is no search of this kind';
    const { sum, ...about } = parsed.data;
    const { key: _key, code, ...rest } = about;
    const bytes = file.subarray(end + 1);
    if (sumOf(about, bytes) !== sum || bytes.length !== rest.size * BYTES) return 'it is damaged';
    if (code !== codeHash()) return 'it was kept by another version of cowcheck';
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
    code: z.string(),
    size: z.int().min(1),
    depth: z.int().min(0),
    next: z.int().min(0),
    end: z.int().min(1),
    transitions: z.int().min(0),
    found: z.array(z.strictObject({ signature: z.string(), moves: z.array(z.int()), weight: z.int() })),
    sum: z.string(),
  });
}

function sumOf(about: object, states: Uint8Array): string {
  const entries = Object.entries(about).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(entries)).update(states).digest('hex');
}

let known: string | undefined;

/** Of the code that runs, so it is read once. */
function codeHash(): string {
  known ??= hashOfRooms();
  return known;
}

function hashOfRooms(): string {
  const hash = createHash('sha256');
  for (const room of ROOMS) {
    const folder = join(import.meta.dirname, '..', room);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    for (const name of files.filter(file => /\.[jt]s$/.test(file) && !file.endsWith('.d.ts')).toSorted())
      hash.update(name).update(readFileSync(join(folder, name)));
  }
  return hash.digest('hex');
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
