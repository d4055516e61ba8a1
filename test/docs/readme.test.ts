// The README's examples do what they show.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RULES } from '../../spec/rule.ts';
import { expect, test } from 'vitest';

const root = new URL('../../', import.meta.url);
const readme = readFileSync(new URL('README.md', root), 'utf8');
const main = new URL('dist/cli/main.js', root).pathname;

/** The commands shown with a prompt, each with the output shown under it. */
const examples = [...readme.matchAll(/^```\n\$ npx cowcheck (.*)\n([\s\S]*?)^```$/gm)].map(match => ({
  args: (match[1] ?? '').split(' '),
  shown: match[2] ?? '',
}));

test('the README shows a finding', () => {
  expect(examples.filter(({ shown }) => shown.startsWith('violated'))).toHaveLength(1);
});

test.each(examples.filter(({ shown }) => shown !== ''))(
  'cowcheck $args prints what the README shows',
  ({ args, shown }) => {
    const cwd = mkdtempSync(join(tmpdir(), 'cowcheck-readme-'));
    const { stdout, status } = spawnSync(process.execPath, [main, ...args], { cwd, encoding: 'utf8' });
    expect(stdout.split('\n\n')[0]).toBe(shown.trimEnd());
    expect(status).toBe(1);
  },
);

test('every command of the README exists', () => {
  const help = spawnSync(process.execPath, [main, '--help'], { encoding: 'utf8' }).stdout;
  const named = [...readme.matchAll(/`cowcheck ([a-z]+)/g)].map(match => match[1] ?? '');
  expect(named.length).toBeGreaterThan(5);
  for (const command of named) expect(help).toContain(`  ${command}`);
});

test('the documented rules are those that a search of the model reaches', () => {
  const cwd = mkdtempSync(join(tmpdir(), 'cowcheck-readme-'));
  const { stdout } = spawnSync(
    process.execPath,
    [main, 'fuzz', 'model', '--runs', '2000', '--seed', '1', '--json'],
    { cwd, encoding: 'utf8' },
  );
  const { rulesHit } = JSON.parse(stdout) as { rulesHit: Record<string, number> };
  expect(readme).toContain('Rules 1–35');
  const documented = RULES.map(({ id }) => id);
  expect(Object.keys(rulesHit).map(Number)).toEqual(documented);
});
