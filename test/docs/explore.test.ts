// The page on exploring: its program prints what the page says, and what it says of flags is what there is.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MAIN, project } from '../cli/cowcheck.ts';

const page = readFileSync(new URL('../../docs/explore.md', import.meta.url), 'utf8');

test('the program of the library prints what is shown under it', () => {
  const [, program = '', shown = ''] =
    /^```js\n(import [^]*?)^```\n\n```\n([^]*?)^```$/m.exec(page) ?? expect.fail('there is no program');
  const cwd = project();
  writeFileSync(join(cwd, 'explore.mjs'), program);
  const { stdout, stderr, status } = spawnSync(process.execPath, ['explore.mjs'], { cwd, encoding: 'utf8' });
  expect({ stdout, stderr, status }).toEqual({ stdout: shown, stderr: '', status: 0 });
});

test('every flag that it names is one', () => {
  const help = spawnSync(process.execPath, [MAIN, 'explore', '--help'], { encoding: 'utf8' }).stdout;
  const [table = ''] = /^## Bounds\n[^]*?(?=^A page holds)/m.exec(page) ?? [];
  const named = [...table.matchAll(/--[a-z][a-z-]*/g)].map(([flag]) => flag);
  expect(named.length).toBeGreaterThan(8);
  for (const flag of named) expect(help).toContain(`${flag} `);
});
