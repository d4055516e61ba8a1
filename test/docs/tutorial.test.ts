// docs/tutorial.md, word for word: its files, its commands and what they print, in an empty folder with the packed package.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { folder } from '../cli/cowcheck.ts';

const ROOT = join(import.meta.dirname, '../..');
const text = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');

interface Step {
  readonly line: string;
  /** What the page shows under it; `…` stands for anything. */
  readonly shown: readonly string[];
}

/** The blocks of the page in order: files to write, commands to type. */
const blocks = [...text.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```$/gm)].map(match => ({
  kind: match[1] ?? '',
  file: match[2] ?? '',
  body: match[3] ?? '',
}));

function stepsOf(body: string): readonly Step[] {
  return body
    .split(/^\$ /m)
    .slice(1)
    .map(part => {
      const [line = '', ...shown] = part.trimEnd().split('\n');
      return { line, shown };
    });
}

const run = (line: string, cwd: string): { readonly out: string; readonly status: number | null } => {
  const { COWCHECK_SEED: _seed, GITHUB_ACTIONS: _actions, NODE_OPTIONS: _options, ...env } = process.env;
  const { stdout, stderr, status } = spawnSync('bash', ['-c', line], {
    cwd,
    encoding: 'utf8',
    env,
    timeout: 110_000,
  });
  return { out: stdout, status: stderr.includes('command not found') ? 127 : status };
};

const lacks = (['npm', 'bash', 'cc'] as const).filter(
  tool => spawnSync(tool, ['--version']).error !== undefined,
);
if (lacks.length > 0)
  console.warn(
    `the tutorial is not tried: there is no ${lacks.join(', ')}; to do it: apt-get install gcc libc6-dev`,
  );

describe.skipIf(lacks.length > 0)('the tutorial', { timeout: 300_000 }, () => {
  const cwd = folder();
  let tarball = '';
  beforeAll(() => {
    const packed = spawnSync('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', cwd], {
      cwd: ROOT,
      encoding: 'utf8',
    });
    const [{ filename = '' } = {}] = JSON.parse(packed.stdout) as { filename?: string }[];
    tarball = join(cwd, filename);
  }, 120_000);

  test('is followed to its end, and prints what it shows', () => {
    const place = join(cwd, 'empty');
    mkdirSync(place);
    let typed = 0;
    for (const { kind, file, body } of blocks) {
      if (kind !== 'sh') {
        mkdirSync(dirname(join(place, file)), { recursive: true });
        writeFileSync(join(place, file), body);
        continue;
      }
      for (const { line, shown } of stepsOf(body)) {
        typed++;
        // The one change: what is installed is this package, not the published one.
        const { out, status } = run(line.replace('--silent cowcheck', `--silent ${tarball}`), place);
        expect({ line, status, out: status === 0 ? '' : out }).toEqual({ line, status: 0, out: '' });
        let rest = out;
        for (const one of shown) {
          if (one === '…') continue;
          const pattern = one
            .split('…')
            .map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`))
            .join('.*');
          const found = new RegExp(`^${pattern}$`, 'm').exec(rest);
          expect({ line, one, found: found !== null, out: found === null ? rest : '' }).toEqual({
            line,
            one,
            found: true,
            out: '',
          });
          rest = rest.slice((found?.index ?? 0) + (found?.[0].length ?? 0));
        }
      }
    }
    expect(typed).toBeGreaterThan(18);
  });
});
