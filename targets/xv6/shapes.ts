// Offsets, sizes, enum values and array lengths of a kernel's types, from its debug information.
import { execFile } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDirectory } from '../cache.ts';
import { escaped } from '../wire/refusal.ts';
import { readElf } from './elf.ts';

/** Field names differ between bases: ask for all of them, what a kernel does not have is undefined. */
export interface Wanted {
  /** A type and a path of fields: ['struct proc', 'context.ra']. Bytes. */
  readonly offsets?: readonly (readonly [type: string, field: string])[];
  /** A type, or a type and a field: 'struct proc', 'struct proc.name'. Bytes. */
  readonly sizes?: readonly string[];
  /** Enumerators: 'SLEEPING'. */
  readonly enums?: readonly string[];
  /** An array: a variable, in a variable, or a field of a type: 'proc', 'ftable.file', 'struct proc.ofile'. Elements. */
  readonly arrays?: readonly string[];
}

export interface Shapes {
  /** Under 'struct proc.pagetable', 'sizeof struct proc', 'SLEEPING' and 'length proc'. Every key that was wanted is there. */
  readonly of: ReadonlyMap<string, number | undefined>;
  /** Why nothing could be read, as a sentence; absent when the debug information was read. */
  readonly notUnderstood?: string;
  /** What to do about it. */
  readonly remedy?: string;
}

export interface ShapesOptions {
  /** Absent: gdb-multiarch. */
  readonly gdb?: string;
  /** Where answers are kept; absent: the user's cache. */
  readonly cache?: string;
}

export const INSTALL_GDB = 'apt-get install gdb-multiarch';
/** Milliseconds for gdb to read a kernel. */
const PATIENCE = 60_000;
/** Of the answers kept: another number forgets them. */
const VERSION = 2;

/** Throws only RigError, for what is not a kernel; without gdb or debug information every shape is undefined. */
export async function shapesOf(kernel: string, wanted: Wanted, options: ShapesOptions = {}): Promise<Shapes> {
  const bytes = await readFile(kernel);
  const expressions = expressionsOf(wanted);
  const lacking = (notUnderstood: string, remedy: string): Shapes => ({
    of: new Map([...expressions.keys()].map(key => [key, undefined])),
    notUnderstood,
    remedy,
  });
  if (!readElf(bytes, kernel).hasDwarf)
    return lacking(
      'the kernel has no debug information, so its structures cannot be read',
      'build it with -ggdb, as xv6’s own Makefile does, and do not strip it',
    );
  const directory = await cacheDirectory(options.cache === undefined ? undefined : [options.cache]);
  const key = createHash('sha256')
    .update(bytes)
    .update(JSON.stringify([VERSION, ...expressions]));
  const kept =
    directory === undefined ? undefined : join(directory, `shapes-${key.digest('hex').slice(0, 24)}.json`);
  const known = kept === undefined ? undefined : await recalled(kept, expressions);
  if (known !== undefined) return { of: known };

  const gdb = options.gdb ?? 'gdb-multiarch';
  const ran = await ask(gdb, kernel, [...expressions.values()]);
  if (ran === undefined)
    return lacking(
      `the kernel's structures are read with gdb, and "${escaped(gdb)}" is not on this machine`,
      INSTALL_GDB,
    );
  if (!ran.complete)
    return lacking(
      `gdb could not read the kernel: ${escaped(ran.said.trim().replaceAll('\n', ' | '), 300)}`,
      `see what it says: ${gdb} -nx ${escaped(kernel)}`,
    );
  const of = new Map([...expressions.keys()].map((name, i) => [name, ran.values.get(i)]));
  if (kept !== undefined) await keep(kept, of);
  return { of };
}

/** What gdb is asked, by the key under which the answer is given. */
function expressionsOf(wanted: Wanted): ReadonlyMap<string, string> {
  const member = (name: string): string => {
    const dot = name.indexOf('.');
    return dot < 0 || !/^(struct|union) /.test(name)
      ? name
      : `((${name.slice(0, dot)} *)0)->${name.slice(dot + 1)}`;
  };
  return new Map([
    ...(wanted.offsets ?? []).map(
      ([type, field]) => [`${type}.${field}`, `&((${type} *)0)->${field}`] as const,
    ),
    ...(wanted.sizes ?? []).map(name => [`sizeof ${name}`, `sizeof(${member(name)})`] as const),
    ...(wanted.enums ?? []).map(name => [name, name] as const),
    ...(wanted.arrays ?? []).map(
      name => [`length ${name}`, `sizeof(${member(name)}) / sizeof(${member(name)}[0])`] as const,
    ),
  ]);
}

interface Answer {
  readonly values: ReadonlyMap<number, number>;
  /** Did gdb get to the end? */
  readonly complete: boolean;
  readonly said: string;
}

/** One run of gdb; undefined if there is none. Nothing in the kernel's directory or file is executed. */
function ask(gdb: string, kernel: string, expressions: readonly string[]): Promise<Answer | undefined> {
  const args = ['-nx', '-nh', '-batch', '-iex', 'set auto-load off', '-iex', 'set language c', '--', kernel];
  const commands = expressions.flatMap((expression, i) => [
    '-ex',
    `printf "@${i} %ld\\n", (long)(${expression})`,
  ]);
  args.splice(-2, 0, ...commands, '-ex', 'printf "@end\\n"');
  return new Promise(resolve => {
    execFile(
      gdb,
      args,
      { timeout: PATIENCE, maxBuffer: 16 << 20, env: { ...process.env, DEBUGINFOD_URLS: '' } },
      (cause, stdout, stderr) => {
        if ((cause as { code?: unknown } | null)?.code === 'ENOENT') return resolve(undefined);
        const values = new Map<number, number>();
        for (const [, index, value] of stdout.matchAll(/^@(\d+) (-?\d+)$/gm))
          values.set(Number(index), Number(value));
        resolve({
          values,
          complete: stdout.includes('@end'),
          said: stderr === '' ? (cause?.message ?? '') : stderr,
        });
      },
    );
  });
}

async function recalled(
  path: string,
  expressions: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, number | undefined> | undefined> {
  try {
    const kept = JSON.parse(await readFile(path, 'utf8')) as unknown;
    if (!Array.isArray(kept) || kept.length !== expressions.size) return undefined;
    const values = kept as readonly unknown[];
    if (!values.every(value => value === null || Number.isSafeInteger(value))) return undefined;
    return new Map([...expressions.keys()].map((key, i) => [key, (values[i] as number | null) ?? undefined]));
  } catch {
    return undefined; // none kept, or not ours to read: gdb is asked again
  }
}

async function keep(path: string, of: ReadonlyMap<string, number | undefined>): Promise<void> {
  const unfinished = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`;
  try {
    await writeFile(unfinished, JSON.stringify([...of.values()].map(value => value ?? null)));
    await rename(unfinished, path);
  } catch {
    await rm(unfinished, { force: true }); // a full disk costs only the time to ask again
  }
}
