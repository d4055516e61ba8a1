// The command as a user has it: a second process, in a folder of its own.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, inject } from 'vitest';
import { OP_NAMES } from '../../spec/op.ts';
import '../built.ts';

expect(inject('build'), 'the package is built').toBe('');

export const ROOT = join(import.meta.dirname, '../..');
export const MAIN = join(ROOT, 'dist/cli/main.js');

/** The command line of the toy agent, with what is to be wrong with it. */
export const toy = (fault = ''): string =>
  `${JSON.stringify(process.execPath)} ${JSON.stringify(join(ROOT, 'test/agents/toy.mjs'))} ${fault}`.trim();

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Comes true when standard error has said `text`. */
  readonly said: (text: string) => Promise<void>;
}

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** An empty folder that goes away after the tests of this file. */
export function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'cowcheck-test-'));
  folders.push(made);
  return made;
}

/** A folder with the package installed. */
export function project(): string {
  const cwd = folder();
  mkdirSync(join(cwd, 'node_modules'));
  symlinkSync(ROOT, join(cwd, 'node_modules/cowcheck'));
  return cwd;
}

/** Nothing of the caller's configuration reaches the command. */
function environment(more: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { COWCHECK_SEED: _seed, GITHUB_ACTIONS: _actions, NODE_OPTIONS: _options, ...rest } = process.env;
  return { ...rest, ...more };
}

/** Starts `program` with `args` in `cwd`. */
export function start(
  program: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  most = 80_000,
): Running {
  const child = spawn(program, args, {
    cwd,
    env: environment(env),
    stdio: ['ignore', 'pipe', 'pipe'],
    // One that hangs must not outlive its test.
    timeout: most,
    killSignal: 'SIGKILL',
  });
  let out = '';
  let err = '';
  const waiting: { readonly text: string; readonly go: () => void }[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
    for (const one of waiting) if (err.includes(one.text)) one.go();
  });
  const ended = new Promise<Ended>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
  const said = (text: string): Promise<void> =>
    new Promise((go, reject) => {
      if (err.includes(text)) go();
      waiting.push({ text, go });
      void ended.then(() => reject(new Error(`it ended without saying "${text}": ${err}`)));
    });
  return { child, ended, said };
}

/** Runs `cowcheck ...args` in `cwd` to its end. */
export function cowcheck(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
  most?: number,
): Promise<Ended> {
  return start(process.execPath, [MAIN, ...args], cwd, env, most).ended;
}

/** Runs a line of bash in which `cowcheck` is the command. */
export function shell(line: string, cwd: string): Promise<Ended> {
  const command = `cowcheck() { ${JSON.stringify(process.execPath)} ${JSON.stringify(MAIN)} "$@"; }\n${line}`;
  return start('bash', ['-c', command], cwd).ended;
}

/** Processor seconds of all children that have ended, by the kernel's account. */
export function childSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // cutime and cstime, fields 16 and 17 of proc(5), in ticks of 1/100 s.
  return (Number(fields[13]) + Number(fields[14])) / 100;
}

/** Runs `each` for every item, two at a time: as many as the smallest machine that runs the tests has processors. */
export async function twoAtATime<T, R>(
  items: readonly T[],
  each: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = [];
  // Both lanes take from the same queue.
  const queue = items.entries();
  const lane = async (): Promise<void> => {
    for (const [i, item] of queue) results[i] = await each(item);
  };
  await Promise.all([lane(), lane()]);
  return results;
}

/** What the terminal shows of each command line, and its exit code; `cwd` reads as `.`, the full list of ops as OPS. */
export async function transcript(
  lines: readonly (readonly string[])[],
  cwd: string,
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const shown = await twoAtATime(lines, async args => {
    const { code, out, err } = await cowcheck(args, cwd, env);
    const typed = args.map(word => (/^[\w./:,=-]+$/.test(word) ? word : `'${word}'`));
    return `$ cowcheck ${typed.join(' ')}\n${out}${err}exit ${code}`;
  });
  const text = shown.join('\n').replaceAll(cwd, '.').replaceAll(OP_NAMES.join(', '), 'OPS');
  // Later versions of Node say more about the place.
  return `\n${text.replaceAll(/ at position \d+( \(line \d+ column \d+\))?/g, ' at position N')}\n`;
}
