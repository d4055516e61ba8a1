// The agents of `agents/` as commands: built once, each skipped aloud where its language is not on this machine.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

const AGENTS = join(import.meta.dirname, '../../agents');
const built = mkdtempSync(join(tmpdir(), 'cowcheck-kits-'));
afterAll(() => rmSync(built, { recursive: true, force: true }));

export interface Kit {
  readonly language: string;
  readonly source: string;
  /** What builds it, and asks whether it is there. */
  readonly build?: readonly string[];
  readonly version: readonly string[];
  readonly install: string;
  readonly command: string;
  /** The ops that its seeded bug shrinks to, with the law they break. */
  readonly wrong: readonly [invariant: string, ops: readonly string[]];
}

const at = (name: string): string => join(built, name);

export const KITS: readonly Kit[] = [
  {
    language: 'C',
    source: join(AGENTS, 'c/toy.c'),
    build: ['cc', '-O2', '-Wall', '-Wextra', '-Werror', '-std=gnu99', '-o', at('c'), join(AGENTS, 'c/toy.c')],
    version: ['cc', '--version'],
    install: 'apt-get install gcc libc6-dev',
    command: at('c'),
    wrong: ['isolation.write-stays-private', ['fork A -> B', 'write A data+0 length 1 = 0']],
  },
  {
    language: 'Python',
    source: join(AGENTS, 'python/toy.py'),
    version: ['python3', '--version'],
    install: 'apt-get install python3',
    command: `python3 ${join(AGENTS, 'python/toy.py')}`,
    wrong: ['isolation.write-stays-private', ['fork A -> B', 'write A data+0 length 1 = 0']],
  },
  {
    language: 'Rust',
    source: join(AGENTS, 'rust/toy.rs'),
    build: ['rustc', '-O', '-D', 'warnings', '-o', at('rust'), join(AGENTS, 'rust/toy.rs')],
    version: ['rustc', '--version'],
    install: 'apt-get install rustc',
    command: at('rust'),
    wrong: ['frames.count-equals-holders', ['exit A status 0']],
  },
  {
    language: 'Go',
    source: join(AGENTS, 'go/toy.go'),
    build: ['go', 'build', '-o', at('go'), join(AGENTS, 'go/toy.go')],
    version: ['go', 'version'],
    install: 'apt-get install golang-go',
    command: at('go'),
    wrong: ['contents.write-is-exact', ['fork A -> B', 'write A data+0 length 1 = 0']],
  },
];

/** Why a kit cannot be had here; undefined if it can. */
export function lacking(kit: Kit): string | undefined {
  const [file = '', ...args] = kit.version;
  const run = spawnSync(file, args);
  if (run.error === undefined && run.status === 0) return undefined;
  const why = `there is no ${kit.language} here (${file}); to run them: ${kit.install}`;
  console.warn(`the tests of the ${kit.language} kit are skipped: ${why}`);
  return why;
}

/** Builds a kit that needs it; what the compiler said, if it said anything. */
export function build(kit: Kit): string {
  if (kit.build === undefined) return '';
  const [file = '', ...args] = kit.build;
  const run = spawnSync(file, args, {
    encoding: 'utf8',
    env: { ...process.env, GOCACHE: at('go-cache'), GOFLAGS: '-mod=mod' },
  });
  return run.status === 0 ? run.stderr : `${file} ended with ${run.status}: ${run.stderr}`;
}
